"""Number of items to rank: with too few, some metrics have the same value for every model."""

import numpy as np
from scipy.sparse import csr_array

ORDERLESS = ("recall", "precision", "hit_rate")
"""Metrics that depend on the set of ranked items but not on their order."""


def items_to_rank(held_out: csr_array, seen: csr_array, pool: np.ndarray | None = None) -> np.ndarray:
    """Return the number of items that are ranked for each evaluated user, ``(V,)``.

    Args:
        held_out: relevant interactions, ``(num_users, num_items)``; users without any are not evaluated.
        seen: interactions to exclude from the ranking, ``(num_users, num_items)``.
        pool: mask of the items that may be ranked, ``(num_items,)`` bool; all by default.
    """
    inside = np.ones(seen.shape[1], dtype=bool) if pool is None else pool
    gone = np.bincount(seen.tocoo().coords[0][inside[seen.indices]], minlength=seen.shape[0])
    return (int(inside.sum()) - gone)[np.diff(held_out.indptr) > 0]


def is_constant(metric: str, items: np.ndarray) -> np.ndarray:
    """Return for which users a metric has the same value for every ranking, ``(V,)`` bool.

    Args:
        metric: name of the metric, such as ``recall@20``.
        items: number of items ranked for each user, ``(V,)``.
    """
    name, _, depth = metric.partition("@")
    return items <= (int(depth) if name in ORDERLESS else 1)
