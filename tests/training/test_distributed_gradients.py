"""Two and four gloo processes have the gradients of one, for every pair."""

import socket
from pathlib import Path

import pytest
import torch

from gradients_together import PAIRS, gradients, process


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("processes")
    free = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = {count: one.getsockname()[1] for count, one in zip((2, 4), free, strict=True)}
    for one in free:
        one.close()
    torch.multiprocessing.start_processes(process, (out, ports), nprocs=4, start_method="spawn")
    return out


@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("pair", PAIRS)
def test_loss_terms_and_gradients_are_those_of_a_single_process(pair: str, processes: int, together: Path) -> None:
    alone, found = gradients(pair), torch.load(together / f"{processes}.pt", weights_only=True)[pair]
    assert found.keys() == alone.keys()
    for name, value in alone.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6, msg=lambda text, n=name: f"{n}: {text}")
