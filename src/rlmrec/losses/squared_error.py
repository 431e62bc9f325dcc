"""Squared error."""

from torch import Tensor

from rlmrec.losses.info_nce import weighted_mean


def squared_error(x: Tensor, y: Tensor, counts: Tensor | None = None) -> Tensor:
    """Return ``mean_j |x_j - y_j|^2 / D`` over all occurrences, a scalar.

    Args:
        x: ``(n, D)``.
        y: the match of each row, ``(n, D)``.
        counts: how often each row occurs, ``(n,)``; once if left out.
    """
    return weighted_mean((x - y).square().mean(-1), counts)
