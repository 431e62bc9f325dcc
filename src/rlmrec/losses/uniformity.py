"""Uniformity on the unit sphere."""

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from rlmrec.losses.log_sum_exp import CHUNK_ELEMENTS


def uniformity(x: Tensor, counts: Tensor | None = None) -> Tensor:
    """Return the loss of Wang and Isola, "Understanding Contrastive Representation Learning ..." (ICML 2020).

    Args:
        x: ``(n, D)``, scaled to unit length here.
        counts: how often each row occurs, ``(n,)``; once if left out.

    Returns:
        ``log mean exp(-2 |x_i - x_j|^2)`` over all pairs of two occurrences, a scalar.
    """
    x = normalize(x, dim=1)
    counts = x.new_ones(len(x)) if counts is None else counts.to(x.dtype)
    rows = max(1, CHUNK_ELEMENTS.get(x.device.type, CHUNK_ELEMENTS["cpu"]) // max(1, len(x)))
    total = (counts * (counts - 1)).sum()  # pairs of occurrences of the same row, which are equal
    for start in range(0, len(x), rows):
        # Made again for the gradient: all pairs of a batch would fill the memory.
        total = total + checkpoint(_pairs, x, counts, start, min(start + rows, len(x)), use_reentrant=False)
    number = counts.sum()
    return (total / (number * (number - 1))).log()


def _pairs(x: Tensor, counts: Tensor, start: int, stop: int) -> Tensor:
    """Return the sum over pairs of different rows, of which the first is among some, a scalar."""
    potentials = (4 * (x[start:stop] @ x.T - 1)).exp()
    others = torch.ones_like(potentials).diagonal_scatter(x.new_zeros(stop - start), start)
    return counts[start:stop] @ ((potentials * others) @ counts)
