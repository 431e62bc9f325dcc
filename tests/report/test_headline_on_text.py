"""What the headline says of rows with text, against the strongest row without."""

from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec.report.build import Report
from rlmrec.report.headline import headlines

DATA = "real users, profiles maybe from held-out reviews too"


def line(tmp_path: Path, gain: float, spread: float) -> str:
    """The headline of two rows without text and one with, of three seeds."""
    for seed in (1, 2, 3):
        write(tmp_path / f"a{seed}", seed=seed, backbone="ease", recall=0.20 + 0.001 * seed)
        write(tmp_path / f"b{seed}", seed=seed, backbone="pop", recall=0.05)
        recall = 0.20 + 0.001 * seed + gain + spread * (seed - 2)
        write(tmp_path / f"c{seed}", seed=seed, backbone="l3ae", recall=recall, text=True, data=DATA)
    (found,) = headlines(Report([str(tmp_path)], ["recall@20"]).data.compared, "recall@20")
    return found


def test_a_gain_is_told_with_its_test(tmp_path: Path) -> None:
    found = line(tmp_path, gain=0.02, spread=0.0001)
    assert "Significantly better over seeds than ease with align=none, the strongest row without text, of 1" in found
    assert "l3ae with none +9.9 % (p = 0.000" in found or "l3ae with none +9.9 % (p < 0.0001" in found
    assert found.endswith(f"Data: {DATA}.") and "Nothing was trained" not in found


def test_what_cannot_be_tested_is_said_so(tmp_path: Path) -> None:
    for name, recall in (("ease", 0.2), ("pop", 0.1), ("l3ae", 0.3)):
        write(tmp_path / name, backbone=name, recall=recall, text=name == "l3ae")
    (found,) = headlines(Report([str(tmp_path)], ["recall@20"]).data.compared, "recall@20")
    assert "cannot be said: that takes 3 seeds" in found and "No row with text" not in found


@pytest.mark.parametrize(("gain", "spread"), [(0.02, 0.05), (-0.02, 0.0001)])
def test_what_is_no_gain_is_not_told_as_one(gain: float, spread: float, tmp_path: Path) -> None:
    found = line(tmp_path, gain, spread)
    assert "No row with text is significantly better over seeds than ease with align=none" in found


def test_rows_that_could_not_be_tested_are_counted_apart(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        write(tmp_path / f"d{seed}", seed=seed, backbone="longer", recall=0.3, text=True, trainer__max_epochs=99)
    found = line(tmp_path, gain=-0.02, spread=0.0001)
    assert "the strongest row without text, of 2, 1 of which could be tested." in found
