"""Log-sum-exp over dot products against the plain formula, whatever the size of the chunks."""

import pytest
import recorded
import torch
from torch import Tensor

from rlmrec.losses import log_sum_exp, log_sum_exp_products

COUNTS = torch.tensor([1, 3, 2, 1, 1, 7])


def plain(queries: Tensor, candidates: Tensor, counts: Tensor | None) -> Tensor:
    weights = torch.ones(len(candidates)) if counts is None else counts
    return (weights * (queries @ candidates.T).exp()).sum(1).log()


@pytest.mark.parametrize("counts", [None, COUNTS], ids=["once", "counted"])
@pytest.mark.parametrize("elements", [1, 6, 13, 2**22])
def test_chunks_change_nothing(elements: int, counts: Tensor | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sum_exp, "CHUNK_ELEMENTS", elements)
    queries, candidates = inputs = recorded.random_rows((7, 3), (6, 3))
    ours, expected = log_sum_exp_products(queries, candidates, counts), plain(queries, candidates, counts)
    torch.testing.assert_close(ours, expected)
    weights = torch.arange(7.0, dtype=torch.float64)
    found, wanted = (torch.autograd.grad(values @ weights, inputs) for values in (ours, expected))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("counts", [None, COUNTS], ids=["once", "counted"])
def test_gradients(counts: Tensor | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sum_exp, "CHUNK_ELEMENTS", 12)
    inputs = recorded.random_rows((5, 3), (6, 3))
    assert torch.autograd.gradcheck(lambda *rows: log_sum_exp_products(*rows, counts), inputs)


def test_one_set_against_itself() -> None:
    (rows,) = recorded.random_rows((5, 3))
    assert torch.autograd.gradcheck(lambda x: log_sum_exp_products(x, x), rows)


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_huge_products(scale: float) -> None:
    queries = torch.tensor([[scale]], requires_grad=True)
    candidates = torch.tensor([[1.0], [0.5]], requires_grad=True)
    result = log_sum_exp_products(queries, candidates)
    result.backward()
    assert result.item() == (scale if scale > 0 else scale / 2)
    assert queries.grad.item() == (1 if scale > 0 else 0.5)
    assert candidates.grad.tolist() == ([[scale], [0.0]] if scale > 0 else [[0.0], [scale]])


def test_no_matrix_of_products_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sum_exp, "CHUNK_ELEMENTS", 64)
    queries, candidates = recorded.random_rows((40, 2), (30, 2))
    kept: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        log_sum_exp_products(queries, candidates)
    assert kept and max(kept) == queries.numel()
