"""The precision of matrix products."""

from pathlib import Path

import pytest
import torch

from rehearsal import Rehearsal, fit
from rlmrec.training.callbacks import MatmulPrecision


@pytest.mark.parametrize("crash", [False, True])
def test_training_is_as_exact_as_asked_and_all_else_fully(crash: bool, tmp_path: Path) -> None:
    seen = []

    class Watched(Rehearsal):
        def validation_step(self, batch: int, batch_idx: int) -> None:
            seen.append(torch.get_float32_matmul_precision())

    def act(step: int) -> None:
        seen.append(torch.get_float32_matmul_precision())
        if crash and step == 3:
            raise ValueError("a bug")

    model = Watched([0.1, 0.2], act)
    if crash:
        with pytest.raises(ValueError, match="a bug"):
            fit(tmp_path, model, MatmulPrecision("high"), max_epochs=2)
    else:
        fit(tmp_path, model, MatmulPrecision("high"), max_epochs=2)
    whole = ["high"] * 3 + ["highest"] * 3
    assert seen == ([*whole, "high"] if crash else whole * 2)
    assert torch.get_float32_matmul_precision() == "highest"
