"""Scaled cosine error."""

from torch import Tensor
from torch.nn.functional import cosine_similarity

from rlmrec.losses.weighted_mean import weighted_mean


def cosine_error(x: Tensor, y: Tensor, weights: Tensor | None = None, exponent: int = 3) -> Tensor:
    """Return the loss of Hou et al., "GraphMAE: Self-Supervised Masked Graph Autoencoders" (KDD 2022), equation 2.

    Args:
        x: ``(n, D)``.
        y: the match of each row, ``(n, D)``.
        weights: how much each row counts, ``(n,)``; 1 if left out.
        exponent: lowers the weight of rows that match well already.

    Returns:
        ``mean_j (1 - cos(x_j, y_j)) ** exponent`` by these weights, a scalar.
    """
    return weighted_mean((1 - cosine_similarity(x, y)) ** exponent, weights)
