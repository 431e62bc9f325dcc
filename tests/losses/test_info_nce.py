"""InfoNCE by hand, at low temperature, with repeated rows, and as recorded."""

import math

import pytest
import torch
from torch import Tensor

import recorded
from rlmrec.losses import info_nce

EAST, NORTH, WEST = (torch.tensor([vector]) for vector in ([1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]))


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_value_by_hand(temperature: float) -> None:
    queries, candidates = torch.cat([3 * EAST, NORTH]), torch.cat([EAST, 5 * NORTH])
    loss = info_nce(queries, candidates, candidates, temperature)
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1 / temperature)), rel=1e-5)


def test_the_positive_need_not_be_a_candidate() -> None:
    loss = info_nce(EAST, WEST, torch.cat([NORTH, NORTH, NORTH]), 1.0)
    assert loss.item() == pytest.approx(math.log(3) + 1)


@pytest.mark.parametrize(("positive", "expected"), [(EAST, 0.0), (NORTH, 100.0), (WEST, 200.0)])
def test_low_temperature(positive: Tensor, expected: float) -> None:
    candidates = torch.cat([EAST, NORTH, WEST]).requires_grad_()
    query = EAST.clone().requires_grad_()
    loss = info_nce(query, positive, candidates, recorded.TEMPERATURE)
    loss.backward()
    assert loss.item() == pytest.approx(expected, abs=1e-4)
    assert query.grad.isfinite().all() and candidates.grad.isfinite().all()


def test_counts_stand_for_repeated_rows() -> None:
    queries, positives, candidates = recorded.random_rows((3, 4), (3, 4), (5, 4))
    rows, columns = torch.tensor([2, 1, 3]), torch.tensor([1, 4, 1, 2, 1])
    repeated = [part.repeat_interleave(rows, 0) for part in (queries, positives)]
    expected = info_nce(*repeated, candidates.repeat_interleave(columns, 0), 0.2)
    counted = info_nce(queries, positives, candidates, 0.2, rows, columns)
    torch.testing.assert_close(counted, expected)
    inputs = (queries, positives, candidates)
    for ours, theirs in zip(torch.autograd.grad(counted, inputs), torch.autograd.grad(expected, inputs), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("temperature", [0.2, recorded.TEMPERATURE])
def test_gradients(temperature: float) -> None:
    counts = torch.tensor([3, 1, 2, 1]), torch.tensor([1, 2, 1, 1, 5])
    inputs = recorded.random_rows((4, 3), (4, 3), (5, 3))
    assert torch.autograd.gradcheck(lambda *rows: info_nce(*rows, temperature, *counts), inputs)


@pytest.mark.parametrize("case", ["info_nce_regular", "info_nce_tiny_norms"])
def test_recorded(case: str) -> None:
    recorded.check(case, info_nce, "query", "positive", "candidates")
