"""The lines that the terminal shows."""

import re
from pathlib import Path
from typing import Any

import pytest

from rehearsal import Rehearsal, fit
from rlmrec.training.callbacks import Progress, ValidationSchedule


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed, less the seconds, which differ."""
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert all(re.search(r"  \d+\.\d s$", line) for line in printed), printed
    return [line.rpartition("  ")[0] for line in printed]


def test_a_line_for_every_validation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit(tmp_path, Rehearsal([0.1, 0.3, 0.3, 0.2]), ValidationSchedule(2), Progress(), max_epochs=8)
    assert lines(capsys) == [
        "epoch    0  loss 2.0000  val/recall@20 0.1000  best so far",
        "epoch    2  loss 2.0000  val/recall@20 0.3000  best so far",
        "epoch    4  loss 2.0000  val/recall@20 0.3000  best 0.3000 at epoch 2",
        "epoch    6  loss 2.0000  val/recall@20 0.2000  best 0.3000 at epoch 2",
    ]


def test_a_resumed_run_remembers_its_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = Progress(), Progress()
    fit(tmp_path, Rehearsal([0.5]), before, max_epochs=1)
    after.load_state_dict(before.state_dict())
    fit(tmp_path, Rehearsal([0.4]), after, max_epochs=1)
    assert lines(capsys)[1].endswith("val/recall@20 0.4000  best 0.5000 at epoch 0")


@pytest.mark.parametrize("crash", [False, True])
def test_the_bar_goes_away(crash: bool, tmp_path: Path) -> None:
    seen: list[Any] = []

    def act(step: int) -> None:
        seen.append(progress.bar)
        if crash:
            raise ValueError("a bug")

    progress = Progress()
    model = Rehearsal([0.1], act)
    if crash:
        with pytest.raises(ValueError, match="a bug"):
            fit(tmp_path, model, progress, max_epochs=1)
    else:
        fit(tmp_path, model, progress, max_epochs=1)
    assert seen
    assert None not in seen
    assert not any(bar.live.is_started for bar in seen)
    assert progress.bar is None
