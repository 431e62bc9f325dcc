"""Uniformity against a loop over pairs."""

import math

import pytest
import torch

from rlmrec.losses import uniformity
from rlmrec.losses.log_sum_exp import CHUNK_ELEMENTS

X = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))


def slow(rows: list[int]) -> float:
    unit = (X / X.norm(dim=1, keepdim=True)).double()
    pairs = [(a, b) for place, a in enumerate(rows) for b in rows[:place]]
    return math.log(sum(math.exp(-2 * float((unit[a] - unit[b]).square().sum())) for a, b in pairs) / len(pairs))


@pytest.mark.parametrize("chunk", [10**6, 20])
def test_uniformity(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHUNK_ELEMENTS, "cpu", chunk)
    assert uniformity(X).item() == pytest.approx(slow(list(range(9))), rel=1e-5)
    counts = torch.tensor([1, 2, 0, 1, 3, 1, 1, 0, 1])
    repeated = [row for row, count in enumerate(counts.tolist()) for _ in range(count)]
    assert uniformity(X, counts).item() == pytest.approx(slow(repeated), rel=1e-5)


def test_a_row_of_zeros_is_orthogonal_to_all_others() -> None:
    rows = torch.cat([torch.eye(3)[:2], torch.zeros(2, 3)])
    assert uniformity(rows).item() == pytest.approx(-4), "|x - y|^2 = 2 for every pair"


def test_gradients_are_those_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for chunk in (10**6, 20):
        monkeypatch.setitem(CHUNK_ELEMENTS, "cpu", chunk)
        rows = X.clone().requires_grad_()
        uniformity(rows).backward()
        gradients.append(rows.grad)
    torch.testing.assert_close(*gradients)


def test_without_a_pair_there_is_no_loss() -> None:
    for counts in (None, torch.tensor([1.0])):
        row = X[:1].clone().requires_grad_()
        loss = uniformity(row, counts)
        loss.backward()
        assert loss.item() == 0 and row.grad is not None and row.grad.isfinite().all()
