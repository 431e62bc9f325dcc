"""Squared error."""

from torch import Tensor

from rlmrec.losses.weighted_mean import weighted_mean


def squared_error(x: Tensor, y: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return ``mean_j |x_j - y_j|^2 / D`` by these weights, a scalar.

    Args:
        x: ``(n, D)``.
        y: the match of each row, ``(n, D)``.
        weights: how much each row counts, ``(n,)``; 1 if left out.
    """
    return weighted_mean((x - y).square().mean(-1), weights)
