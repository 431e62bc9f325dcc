"""Scaled cosine error."""

from torch import Tensor
from torch.nn.functional import cosine_similarity

from rlmrec.losses.weighted_mean import weighted_mean


def cosine_error(x: Tensor, y: Tensor, weights: Tensor | None = None, exponent: int = 3) -> Tensor:
    """Return the loss of Hou et al., "GraphMAE: Self-Supervised Masked Graph Autoencoders" (KDD 2022), equation 2.

    Args:
        x: vectors, ``(n, D)``.
        y: target of each row, ``(n, D)``.
        weights: weight of each row, ``(n,)``; 1 if left out.
        exponent: exponent of the error; larger values reduce the influence of rows that match well already.

    Returns:
        Weighted ``mean_j (1 - cos(x_j, y_j)) ** exponent``, a scalar.
    """
    return weighted_mean((1 - cosine_similarity(x, y)) ** exponent, weights)
