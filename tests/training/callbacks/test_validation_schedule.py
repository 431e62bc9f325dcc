"""When is validated."""

from pathlib import Path

import pytest

from rehearsal import Rehearsal, fit
from rlmrec.training.callbacks import ValidationSchedule


@pytest.mark.parametrize(
    ("every", "epochs"), [(1, [0, 1, 2, 3, 4, 5, 6, 7]), (2, [0, 2, 4, 6]), (3, [0, 3, 6]), (7, [0, 7]), (50, [0])]
)
def test_the_first_epoch_and_every_nth_after_it(every: int, epochs: list[int], tmp_path: Path) -> None:
    model = fit(tmp_path, Rehearsal([0.1] * 8), ValidationSchedule(every), max_epochs=8)
    assert model.validated == epochs
