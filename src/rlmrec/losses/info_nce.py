"""InfoNCE over cosine similarity."""

from torch import Tensor

from rlmrec.losses.log_sum_exp import mean_log_sum_exp
from rlmrec.losses.weighted_mean import weighted_mean


def unit(x: Tensor) -> Tensor:
    """Scale rows to unit length with the published guard against zeros: ``x / sqrt(1e-8 + |x|^2)``, ``(n, D)``."""
    return x * (x.square().sum(-1, keepdim=True) + 1e-8).rsqrt()


def info_nce(
    query: Tensor,
    positive: Tensor,
    candidates: Tensor,
    temperature: float,
    query_weights: Tensor | None = None,
    candidate_weights: Tensor | None = None,
) -> Tensor:
    """Return the loss of van den Oord et al., "Representation Learning with Contrastive Predictive Coding" (2018).

    Args:
        query: query embeddings, ``(n, D)``.
        positive: positive of each query, ``(n, D)``.
        candidates: embeddings that queries are contrasted with, including the positives, ``(k, D)``.
        temperature: divisor ``t`` of the cosine similarities.
        query_weights: weight of each query, ``(n,)``; 1 if left out. Passing distinct rows weighted by their number of
            occurrences gives the same loss as repeated rows at a fraction of the cost.
        candidate_weights: weight of each candidate, ``(k,)``; 1 if left out.

    Returns:
        Weighted ``mean_j [log sum_c exp(cos(q_j, c) / t) - cos(q_j, p_j) / t]``, a scalar.
    """
    query = unit(query) / temperature
    log_total = mean_log_sum_exp(query, unit(candidates), query_weights, candidate_weights)
    return log_total - weighted_mean((query * unit(positive)).sum(-1), query_weights)
