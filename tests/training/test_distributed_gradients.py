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


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Files of what the processes found; they are forked from one that has imported everything once."""
    out = tmp_path_factory.mktemp("processes")
    mine = [item for item in request.session.items if item.path == request.path]
    sizes = sorted({item.callspec.params["processes"] for item in mine}, reverse=True)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        torch.multiprocessing.get_context("forkserver").set_forkserver_preload([gradients_together.__name__])
        torch.multiprocessing.start_processes(process, (out, sizes), nprocs=sizes[0], start_method="forkserver")
    return out


@pytest.mark.parametrize("processes", [2, pytest.param(4, marks=pytest.mark.full)])
@pytest.mark.parametrize("pair", PAIRS)
def test_loss_terms_and_gradients_are_those_of_a_single_process(pair: str, processes: int, together: Path) -> None:
    found = torch.load(together / f"{processes}.pt", weights_only=True)[pair]
    assert found.keys() == alone(pair).keys()
    for name, value in alone(pair).items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6, msg=lambda text, n=name: f"{n}: {text}")
