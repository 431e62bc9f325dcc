"""Number of items left to rank: with too few, some metrics are the same for every model."""

import numpy as np
from scipy.sparse import csr_array

ORDERLESS = ("recall", "precision", "hit_rate")
"""Metrics that ask which items are in a ranking, not in which order."""


def items_to_rank(held_out: csr_array, seen: csr_array, pool: np.ndarray | None = None) -> np.ndarray:
    """Return how many items are ranked for each user that is evaluated, ``(V,)``.

    Args:
        held_out: relevant interactions, ``(num_users, num_items)``; users without any are not evaluated.
        seen: interactions that leave the ranking, ``(num_users, num_items)``.
        pool: which items are ranked at all, ``(num_items,)`` bool; all by default.
    """
    inside = np.ones(seen.shape[1], dtype=bool) if pool is None else pool
    gone = np.bincount(seen.tocoo().coords[0][inside[seen.indices]], minlength=seen.shape[0])
    return (int(inside.sum()) - gone)[np.diff(held_out.indptr) > 0]


def is_constant(metric: str, items: np.ndarray) -> np.ndarray:
    """Return for which users a metric is the same whatever a model ranks, ``(V,)`` bool.

    Args:
        metric: such as ``recall@20``.
        items: that are ranked for each user, ``(V,)``.
    """
    name, _, depth = metric.partition("@")
    return items <= (int(depth) if name in ORDERLESS else 1)
