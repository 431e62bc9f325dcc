"""Log-sum-exp over dot products against the plain formula, whatever the size of the chunks."""

import pytest
import torch
from torch import Tensor

import recorded
from rlmrec.losses import log_sum_exp, mean_log_sum_exp

QUERY_COUNTS = torch.tensor([2, 1, 1, 5, 1, 1, 3])
COUNTS = torch.tensor([1, 3, 2, 1, 1, 7])
either = pytest.mark.parametrize(
    "counts", [(None, None), (None, COUNTS), (QUERY_COUNTS, None), (QUERY_COUNTS, COUNTS)], ids=lambda _: "counts"
)


def plain(queries: Tensor, candidates: Tensor, rows: Tensor | None, columns: Tensor | None) -> Tensor:
    rows = torch.ones(len(queries), dtype=torch.long) if rows is None else rows
    columns = torch.ones(len(candidates), dtype=torch.long) if columns is None else columns
    products = queries.repeat_interleave(rows, 0) @ candidates.repeat_interleave(columns, 0).T
    return products.exp().sum(1).log().mean()


@either
@pytest.mark.parametrize("elements", [1, 6, 13, 2**22])
def test_chunks_change_nothing(
    elements: int, counts: tuple[Tensor | None, Tensor | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(log_sum_exp.CHUNK_ELEMENTS, "cpu", elements)
    inputs = recorded.random_rows((7, 3), (6, 3))
    ours, expected = mean_log_sum_exp(*inputs, *counts), plain(*inputs, *counts)
    torch.testing.assert_close(ours, expected)
    found, wanted = (torch.autograd.grad(3 * value, inputs) for value in (ours, expected))
    torch.testing.assert_close(found, wanted)


@either
def test_gradients(counts: tuple[Tensor | None, Tensor | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(log_sum_exp.CHUNK_ELEMENTS, "cpu", 12)
    inputs = recorded.random_rows((7, 3), (6, 3))
    assert torch.autograd.gradcheck(lambda *rows: mean_log_sum_exp(*rows, *counts), inputs)


def test_a_value_alone_needs_no_gradient() -> None:
    queries, candidates = recorded.random_rows((7, 3), (6, 3))
    with torch.no_grad():
        value = mean_log_sum_exp(queries, candidates)
    assert not value.requires_grad
    torch.testing.assert_close(value, mean_log_sum_exp(queries, candidates).detach())


def test_one_set_against_itself() -> None:
    (rows,) = recorded.random_rows((5, 3))
    assert torch.autograd.gradcheck(lambda x: mean_log_sum_exp(x, x), rows)


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_huge_products(scale: float) -> None:
    queries = torch.tensor([[scale]], requires_grad=True)
    candidates = torch.tensor([[1.0], [0.5]], requires_grad=True)
    result = mean_log_sum_exp(queries, candidates)
    result.backward()
    assert result.item() == (scale if scale > 0 else scale / 2)
    assert queries.grad.item() == (1 if scale > 0 else 0.5)
    assert candidates.grad.tolist() == ([[scale], [0.0]] if scale > 0 else [[0.0], [scale]])


def test_no_matrix_of_products_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(log_sum_exp.CHUNK_ELEMENTS, "cpu", 64)
    queries, candidates = recorded.random_rows((40, 2), (30, 2))
    kept: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        mean_log_sum_exp(queries, candidates)
    assert kept and max(kept) == max(queries.numel(), candidates.numel())
