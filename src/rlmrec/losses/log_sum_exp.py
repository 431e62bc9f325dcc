"""Log-sum-exp over all dot products of two sets of vectors, in bounded memory."""

from typing import Any

import torch
from torch import Tensor

from rlmrec.division import divided

CHUNK_ELEMENTS = 2**22
"""Dot products held at once (16 MiB in float32): large enough for full-speed matrix products."""


def log_sum_exp_products(queries: Tensor, candidates: Tensor, counts: Tensor | None = None) -> Tensor:
    """``log sum_c counts_c exp(<q_j, c>)`` for every query, shifted by the largest product, so that it cannot overflow.

    Processes that train together divide the queries. The products are formed in chunks of queries and formed again in
    the backward pass, so that no ``(n, k)`` matrix is ever kept.

    Args:
        queries: ``(n, D)``.
        candidates: ``(k, D)``.
        counts: how often each candidate occurs, ``(k,)``; once if left out.

    Returns:
        ``(n,)``.
    """
    offsets = candidates.new_zeros(len(candidates)) if counts is None else counts.to(candidates.dtype).log()
    return divided(lambda share: _LogSumExpProducts.apply(share, candidates, offsets), queries)


def _chunks(queries: Tensor, candidates: Tensor) -> list[slice]:
    rows = max(1, CHUNK_ELEMENTS // max(1, len(candidates)))
    return [slice(start, start + rows) for start in range(0, len(queries), rows)]


class _LogSumExpProducts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, queries: Tensor, candidates: Tensor, offsets: Tensor) -> Tensor:
        chunks = _chunks(queries, candidates)
        result = queries.new_empty(len(queries))
        for chunk in chunks:
            result[chunk] = torch.logsumexp(torch.addmm(offsets, queries[chunk], candidates.T), dim=1)
        ctx.save_for_backward(queries, candidates, offsets, result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (grad,) = grads
        queries, candidates, offsets, result = ctx.saved_tensors
        grad_queries, grad_candidates = torch.empty_like(queries), torch.zeros_like(candidates)
        for chunk in _chunks(queries, candidates):
            products = torch.addmm(offsets, queries[chunk], candidates.T)
            softmax = products.sub_(result[chunk, None]).exp_()
            softmax *= grad[chunk, None]
            torch.mm(softmax, candidates, out=grad_queries[chunk])
            grad_candidates.addmm_(softmax.T, queries[chunk])
        return grad_queries, grad_candidates, None
