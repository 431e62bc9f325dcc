"""Log-sum-exp over all dot products of two sets of vectors, in bounded memory."""

from typing import Any

import torch
from torch import Tensor

from rlmrec.common.distributed import all_reduce_sum, local_rows
from rlmrec.common.room import number_at_once

CHUNK_ELEMENTS = {"cpu": 2**21, "cuda": 2**27}
"""Dot products held at once, by device type: 8 MiB in float32, which fit a CPU's cache, or enough to fill a GPU."""


def rows_at_once(device: torch.device, columns: int) -> int:
    """Return how many rows of ``columns`` products each are held at once on a device."""
    return max(1, number_at_once(CHUNK_ELEMENTS, device) // max(1, columns))


def mean_log_sum_exp(
    queries: Tensor, candidates: Tensor, query_weights: Tensor | None = None, candidate_weights: Tensor | None = None
) -> Tensor:
    """Return the weighted ``mean_j log sum_c exp(<q_j, c>)``, shifted by the largest product to avoid overflow.

    The products are formed once, in chunks of queries, and both value and gradients are computed before a chunk is
    freed: no ``(n, k)`` matrix is kept, and no exponential is computed twice. In distributed training, the queries are
    divided among the processes.

    Args:
        queries: query vectors, ``(n, D)``.
        candidates: candidate vectors, ``(k, D)``.
        query_weights: weight of each query in the mean, ``(n,)``; 1 if left out.
        candidate_weights: weight of each candidate in the sum, ``(k,)``; 1 if left out.

    Returns:
        A scalar, differentiable once.
    """
    weights = queries.new_ones(len(queries)) if query_weights is None else query_weights.to(queries.dtype)
    offsets = None if candidate_weights is None else candidate_weights.to(candidates.dtype).log()
    weights, rows = weights / weights.sum(), local_rows(len(queries))
    return all_reduce_sum(_MeanLogSumExp.apply(queries[rows], candidates, weights[rows], offsets))


class _MeanLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, queries: Tensor, candidates: Tensor, weights: Tensor, offsets: Tensor | None) -> Tensor:
        total = weights.new_zeros(())
        wanted = ctx.needs_input_grad[0] or ctx.needs_input_grad[1]
        gradients = [torch.empty_like(queries), torch.zeros_like(candidates)] if wanted else []
        rows = rows_at_once(queries.device, len(candidates))
        with torch.autocast(queries.device.type, enabled=False):  # exponents need full precision
            for start in range(0, len(queries), rows):
                chunk = slice(start, start + rows)
                products = queries[chunk] @ candidates.T
                if offsets is not None:
                    products += offsets
                largest = products.amax(1, keepdim=True)
                exponentials = products.sub_(largest).exp_()
                sums = exponentials.sum(1, keepdim=True)
                total += weights[chunk] @ (sums.log() + largest)[:, 0]
                if wanted:
                    shares = weights[chunk, None] / sums
                    torch.mm(exponentials, candidates, out=gradients[0][chunk]).mul_(shares)
                    gradients[1].addmm_(exponentials.T, queries[chunk] * shares)
        ctx.save_for_backward(*gradients)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (grad,) = grads
        grad_queries, grad_candidates = ctx.saved_tensors
        return grad * grad_queries, grad * grad_candidates, None, None
