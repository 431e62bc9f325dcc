"""Contrastive reconstruction by hand, at low temperature, and as recorded."""

import math
from importlib import import_module

import pytest
import torch

import recorded
from rlmrec.losses import reconstruction
from rlmrec.losses.log_sum_exp import CHUNK_ELEMENTS

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


@pytest.mark.parametrize("temperature", [1.0, 0.25])
def test_value_by_hand(temperature: float) -> None:
    prediction, target = torch.tensor([[2.0, 0.0], NORTH]), torch.tensor([EAST, [0.0, 0.3]])
    loss = reconstruction(prediction, target, temperature)
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1 / temperature)), rel=1e-5)


def test_the_outer_guard_bounds_the_loss() -> None:
    prediction, target = torch.tensor([EAST, NORTH]), torch.tensor([NORTH, EAST])
    assert reconstruction(prediction, target, recorded.TEMPERATURE).item() == pytest.approx(-math.log(1e-8))


def test_the_inner_guard_weakens_a_lone_node() -> None:
    # exp(-1 / t) = 1e-8, so that the node's share is one half
    temperature = 1 / math.log(1e8)
    loss = reconstruction(torch.tensor([EAST]), -torch.tensor([EAST]), temperature)
    assert loss.item() == pytest.approx(math.log(2), rel=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_low_temperature(sign: int) -> None:
    prediction = torch.tensor([EAST, NORTH, [0.6, 0.8]], requires_grad=True)
    loss = reconstruction(prediction, sign * prediction.detach(), recorded.TEMPERATURE)
    loss.backward()
    assert loss.isfinite() and prediction.grad.isfinite().all()


@pytest.mark.parametrize("temperature", [0.2, 0.05])
def test_gradients(temperature: float) -> None:
    inputs = recorded.random_rows((4, 3), (4, 3))
    assert torch.autograd.gradcheck(lambda *rows: reconstruction(*rows, temperature), inputs)


@pytest.mark.parametrize("case", ["reconstruction_regular", "reconstruction_sharp", "reconstruction_single"])
def test_recorded(case: str) -> None:
    recorded.check(case, reconstruction, "prediction", "target")


def test_many_rows_are_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for most, chunk in ((2**25, 2**21), (10, 30)):
        monkeypatch.setattr(import_module("rlmrec.losses.reconstruction"), "MOST_AT_ONCE", most)
        monkeypatch.setitem(CHUNK_ELEMENTS, "cpu", chunk)
        x = torch.randn(11, 4, generator=torch.Generator().manual_seed(1)).requires_grad_()
        loss = reconstruction(x, torch.randn(11, 4, generator=torch.Generator().manual_seed(2)), 0.3)
        loss.backward()
        found.append((loss.detach(), x.grad))
    torch.testing.assert_close(*found)


def test_mixed_precision_keeps_exponents_exact() -> None:
    random = torch.Generator().manual_seed(0)
    prediction, target = (torch.randn(40, 16, generator=random) for _ in range(2))
    expected = reconstruction(prediction, target, 0.02)
    with torch.autocast("cpu", torch.bfloat16):
        assert reconstruction(prediction, target, 0.02) == expected
