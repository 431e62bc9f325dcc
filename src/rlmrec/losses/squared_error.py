"""Squared error."""

from torch import Tensor

from rlmrec.losses.weighted_mean import weighted_mean


def squared_error(x: Tensor, y: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the weighted ``mean_j |x_j - y_j|^2 / D``, a scalar.

    Args:
        x: vectors, ``(n, D)``.
        y: target of each row, ``(n, D)``.
        weights: weight of each row, ``(n,)``; 1 if left out.
    """
    return weighted_mean((x - y).square().mean(-1), weights)
