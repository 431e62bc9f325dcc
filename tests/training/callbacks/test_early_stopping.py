"""When training stops."""

from pathlib import Path

import pytest

from rehearsal import Rehearsal, fit
from rlmrec.training.callbacks import EarlyStopping, ValidationSchedule


@pytest.mark.parametrize(
    ("values", "patience", "epochs"),
    [
        ([0.3, 0.2, 0.1, 0.0], 1, 2),
        ([0.1, 0.2, 0.2, 0.2, 0.2], 2, 4),  # an equal value is no improvement
        ([0.1, 0.2, 0.15, 0.25, 0.2, 0.2, 0.9], 2, 6),  # an improvement resets the count
        ([0.1, 0.2, 0.3, 0.4], 1, 4),
    ],
)
def test_patience(values: list[float], patience: int, epochs: int, tmp_path: Path) -> None:
    stopping = EarlyStopping(patience=patience)
    assert fit(tmp_path, Rehearsal(values), stopping, max_epochs=len(values)).epochs == epochs


def test_validations_are_counted_and_not_epochs(tmp_path: Path) -> None:
    model = fit(tmp_path, Rehearsal([0.2] * 9), ValidationSchedule(3), EarlyStopping(patience=2))
    assert model.validated == [0, 3, 6]
    assert model.epochs == 7


@pytest.mark.parametrize(("before", "epochs_after"), [([0.5, 0.4, 0.4], 0), ([0.5, 0.4], 1)])
def test_a_resumed_run_goes_on_counting(before: list[float], epochs_after: int, tmp_path: Path) -> None:
    stopping, resumed = EarlyStopping(patience=2), EarlyStopping(patience=2)
    fit(tmp_path, Rehearsal(before), stopping, max_epochs=len(before))
    resumed.load_state_dict(stopping.state_dict())
    assert fit(tmp_path, Rehearsal([0.4] * 10), resumed).epochs == epochs_after
