"""Log-sum-exp over all dot products of two sets of vectors, in bounded memory."""

from typing import Any

import torch
from torch import Tensor

CHUNK_ELEMENTS = 2**22
"""Dot products held at once (16 MiB in float32): large enough for full-speed matrix products."""


def log_sum_exp_products(queries: Tensor, candidates: Tensor) -> Tensor:
    """``log sum_c exp(<q_j, c>)`` for every query, shifted by the largest product, so that it cannot overflow.

    The products are formed in chunks of queries and formed again in the backward pass, so that no ``(n, k)`` matrix
    is ever kept.

    Args:
        queries: ``(n, D)``.
        candidates: ``(k, D)``.

    Returns:
        ``(n,)``.
    """
    return _LogSumExpProducts.apply(queries, candidates)


def _chunks(queries: Tensor, candidates: Tensor) -> list[slice]:
    rows = max(1, CHUNK_ELEMENTS // max(1, len(candidates)))
    return [slice(start, start + rows) for start in range(0, len(queries), rows)]


class _LogSumExpProducts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, queries: Tensor, candidates: Tensor) -> Tensor:
        chunks = _chunks(queries, candidates)
        result = queries.new_empty(len(queries))
        for chunk in chunks:
            result[chunk] = torch.logsumexp(queries[chunk] @ candidates.T, dim=1)
        ctx.save_for_backward(queries, candidates, result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (grad,) = grads
        queries, candidates, result = ctx.saved_tensors
        grad_queries, grad_candidates = torch.empty_like(queries), torch.zeros_like(candidates)
        for chunk in _chunks(queries, candidates):
            softmax = torch.addmm(-result[chunk, None], queries[chunk], candidates.T).exp_()
            softmax *= grad[chunk, None]
            torch.mm(softmax, candidates, out=grad_queries[chunk])
            grad_candidates.addmm_(softmax.T, queries[chunk])
        return grad_queries, grad_candidates
