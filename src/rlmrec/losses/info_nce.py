"""InfoNCE over cosine similarity."""

import torch
from torch import Tensor

from rlmrec.losses.log_sum_exp import mean_log_sum_exp


def unit(x: Tensor) -> Tensor:
    """Return rows scaled to unit length with the published guard: ``x / sqrt(1e-8 + |x|^2)``, ``(n, D)``."""
    return x * (x.square().sum(-1, keepdim=True) + 1e-8).rsqrt()


def info_nce(
    query: Tensor,
    positive: Tensor,
    candidates: Tensor,
    temperature: float,
    query_counts: Tensor | None = None,
    candidate_counts: Tensor | None = None,
) -> Tensor:
    """Return the loss of van den Oord et al., "Representation Learning with Contrastive Predictive Coding" (2018).

    Args:
        query: ``(n, D)``.
        positive: the match of each query, ``(n, D)``.
        candidates: the embeddings that queries are contrasted with, the matches included, ``(k, D)``.
        temperature: divides the cosine similarities.
        query_counts: how often each query occurs, ``(n,)``; once if left out. Repeated rows given once, with their
            counts, give the same loss at a fraction of the cost.
        candidate_counts: how often each candidate occurs, ``(k,)``; once if left out.

    Returns:
        ``mean_j [log sum_c exp(cos(q_j, c) / t) - cos(q_j, p_j) / t]`` over all occurrences, a scalar.
    """
    query = unit(query) / temperature
    log_total = mean_log_sum_exp(query, unit(candidates), query_counts, candidate_counts)
    return log_total - weighted_mean((query * unit(positive)).sum(-1), query_counts)


def weighted_mean(values: Tensor, counts: Tensor | None) -> Tensor:
    """Return the mean of ``(n,)`` values that occur ``(n,)`` times, once if left out; in full precision."""
    if counts is None:
        return values.mean()
    with torch.autocast(values.device.type, enabled=False):  # it would round counts above 256, and sums of products
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        return values @ counts.to(values.dtype) / counts.sum()
