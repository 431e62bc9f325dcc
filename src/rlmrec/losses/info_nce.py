"""InfoNCE over cosine similarity."""

from torch import Tensor

from rlmrec.losses.log_sum_exp import log_sum_exp_products


def unit(x: Tensor) -> Tensor:
    """Rows scaled to unit length with the published guard: ``x / sqrt(1e-8 + |x|^2)``, ``(n, D)``."""
    return x * (x.square().sum(-1, keepdim=True) + 1e-8).rsqrt()


def info_nce(query: Tensor, positive: Tensor, candidates: Tensor, temperature: float) -> Tensor:
    """Contrastive loss of van den Oord et al., "Representation Learning with Contrastive Predictive Coding" (2018).

    Args:
        query: ``(n, D)``.
        positive: the match of each query, ``(n, D)``.
        candidates: what the match is told apart from, the match included, ``(k, D)``.
        temperature: divides the cosine similarities.

    Returns:
        ``mean_j [log sum_c exp(cos(q_j, c) / t) - cos(q_j, p_j) / t]``, a scalar.
    """
    query = unit(query) / temperature
    return (log_sum_exp_products(query, unit(candidates)) - (query * unit(positive)).sum(-1)).mean()
