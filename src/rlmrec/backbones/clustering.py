"""K-means on the device of the points."""

import torch
from torch import Tensor

from rlmrec.losses.log_sum_exp import rows_at_once


def k_means(points: Tensor, count: int, iterations: int) -> tuple[Tensor, Tensor]:
    """Return the centres found by Lloyd's algorithm, and the nearest centre of each point.

    The initial centres are random points. A cluster that loses all its points keeps its centre.

    Args:
        points: points to cluster, ``(n, d)``.
        count: number ``k`` of clusters, at most ``n``.
        iterations: number of iterations.

    Returns:
        Centres, ``(k, d)``, and the cluster number of each point, ``(n,)``.
    """
    centres = points[torch.randperm(len(points), device=points.device)[:count]]
    for _ in range(iterations):
        assigned = _nearest(points, centres)
        sums = torch.zeros_like(centres).index_add(0, assigned, points)
        sizes = centres.new_zeros(count).index_add(0, assigned, centres.new_ones(len(points)))[:, None]
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres)
    return centres, _nearest(points, centres)


def _nearest(points: Tensor, centres: Tensor) -> Tensor:
    """Return the number of the centre nearest to each point, ``(n,)``."""
    rows = rows_at_once(points.device, len(centres))
    halves = centres.square().sum(1) / 2
    return torch.cat([(halves - part @ centres.T).argmin(1) for part in points.split(rows)])
