"""Two gloo processes, and four, have the gradients of one, for every pair."""

import os
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

import gradients_together
from gradients_together import PAIRS, gradients, process

alone = cache(gradients)


@pytest.mark.parametrize("processes", [2, pytest.param(4, marks=pytest.mark.full)])
def test_loss_terms_and_gradients_are_those_of_a_single_process(
    processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes are forked from one that has imported everything once."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    torch.multiprocessing.get_context("forkserver").set_forkserver_preload([gradients_together.__name__])
    torch.multiprocessing.start_processes(process, (processes, tmp_path), nprocs=processes, start_method="forkserver")
    together = torch.load(tmp_path / "found.pt", weights_only=True)
    assert together.keys() == set(PAIRS)
    for pair, found in together.items():
        assert found.keys() == alone(pair).keys()
        for name, value in alone(pair).items():
            about = f"{pair}, {name}"
            torch.testing.assert_close(
                found[name], value, rtol=1e-4, atol=1e-6, msg=lambda text, a=about: f"{a}: {text}"
            )
