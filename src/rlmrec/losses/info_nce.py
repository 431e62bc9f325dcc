"""InfoNCE over cosine similarity."""

from torch import Tensor

from rlmrec.losses.log_sum_exp import mean_log_sum_exp
from rlmrec.losses.weighted_mean import weighted_mean


def unit(x: Tensor) -> Tensor:
    """Return rows scaled to unit length with the published guard: ``x / sqrt(1e-8 + |x|^2)``, ``(n, D)``."""
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
        query: ``(n, D)``.
        positive: the match of each query, ``(n, D)``.
        candidates: the embeddings that queries are contrasted with, the matches included, ``(k, D)``.
        temperature: divides the cosine similarities.
        query_weights: how much each query counts, ``(n,)``; 1 if left out. Repeated rows given once, weighted by how
            often they occur, give the same loss at a fraction of the cost.
        candidate_weights: how much each candidate counts, ``(k,)``; 1 if left out.

    Returns:
        ``mean_j [log sum_c exp(cos(q_j, c) / t) - cos(q_j, p_j) / t]``, both weighted, a scalar.
    """
    query = unit(query) / temperature
    log_total = mean_log_sum_exp(query, unit(candidates), query_weights, candidate_weights)
    return log_total - weighted_mean((query * unit(positive)).sum(-1), query_weights)
