"""What a trainer leaves behind."""

from pathlib import Path

import pytest
import torch

from rlmrec import compose, train


@pytest.mark.parametrize("before", [False, True])
def test_a_run_leaves_determinism_of_the_process_as_it_was(before: bool, tiny_folder: Path, tmp_path: Path) -> None:
    words = ["dataset=folder", f"dataset.root={tiny_folder}", "backbone=pop", "trainer=cpu"]
    torch.use_deterministic_algorithms(before)
    try:
        run = train(compose([*words, f"trainer.deterministic={'false' if before else 'warn'}"]), tmp_path / "run")
        assert torch.are_deterministic_algorithms_enabled() == before
        run.evaluate()
        assert torch.are_deterministic_algorithms_enabled() == before
    finally:
        torch.use_deterministic_algorithms(False)
