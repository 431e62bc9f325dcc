"""Numbers too small to be told from zero."""

from pathlib import Path

import pytest

from rehearsal import Rehearsal, fit
from rlmrec.training.callbacks import SubnormalNumbers
from rlmrec.training.callbacks.subnormal_numbers import flushes


@pytest.mark.parametrize("crash", [False, True])
def test_they_are_zero_in_training_alone(crash: bool, tmp_path: Path) -> None:
    seen = []

    def act(step: int) -> None:
        seen.append(flushes())
        if crash:
            raise ValueError("a bug")

    if crash:
        with pytest.raises(ValueError, match="a bug"):
            fit(tmp_path, Rehearsal([0.1], act), SubnormalNumbers(), max_epochs=1)
    else:
        fit(tmp_path, Rehearsal([0.1], act), SubnormalNumbers(), max_epochs=1)
    assert seen and all(seen)
    assert not flushes()
