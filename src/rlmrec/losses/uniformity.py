"""Uniformity on the unit sphere."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.losses.log_sum_exp import rows_at_once


def uniformity(x: Tensor, counts: Tensor | None = None) -> Tensor:
    """Return the loss of Wang and Isola, "Understanding Contrastive Representation Learning ..." (ICML 2020).

    Args:
        x: vectors, ``(n, D)``, scaled to unit length here. A zero row has no direction and counts as orthogonal to all
            others.
        counts: number of occurrences of each row, ``(n,)``; 1 if left out.

    Returns:
        ``log mean exp(-2 |x_i - x_j|^2)`` over all pairs of occurrences, a scalar, differentiable once; 0 without
        pairs.
    """
    counts = x.new_ones(len(x)) if counts is None else counts.to(x.dtype)
    number = counts.sum()
    same = (counts * (counts - 1)).sum()  # pairs of occurrences of the same row, whose distance is 0
    pairs = number * (number - 1)
    mean = (same + _Potentials.apply(normalize(x, dim=1), counts)) / pairs.clamp(min=1)
    return torch.where(pairs > 0, mean, 1.0).log()


class _Potentials(torch.autograd.Function):
    """The sum over pairs of different rows; value and gradient are computed together, in chunks of rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, counts: Tensor) -> Tensor:
        gradient, total = torch.empty_like(x), x.new_zeros(())
        rows = rows_at_once(x.device, len(x))
        with torch.autocast(x.device.type, enabled=False):  # exponents need full precision
            for start in range(0, len(x), rows):
                chunk = slice(start, start + rows)
                potentials = (x[chunk] @ x.T).sub_(1).mul_(4).exp_()
                potentials.diagonal(start).zero_()
                potentials.mul_(counts).mul_(counts[chunk, None])
                total += potentials.sum()
                torch.mm(potentials, x, out=gradient[chunk]).mul_(8)
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return grads[0] * gradient, None
