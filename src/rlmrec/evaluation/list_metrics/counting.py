"""Counts shared by metrics of lists."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import entry_codes, pair_codes

HEAD_SHARE = 0.2
"""Share of the items, the most popular ones, that do not belong to the long tail."""


def times_recommended(recommended: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Return how often each item that is ranked occurs in lists, ``(number of such items,)``.

    Args:
        recommended: item numbers, -1 for gaps, ``(V, K)``.
        dataset: dataset of the items.
    """
    counts = np.bincount(recommended[recommended >= 0], minlength=dataset.num_items)
    return counts if dataset.item_pool is None else counts[dataset.item_pool]


def mean_over_lists(recommended: np.ndarray, values: np.ndarray) -> float:
    """Return the mean over non-empty lists of the mean value of their items; NaN if all lists are empty.

    Args:
        recommended: item numbers, -1 for gaps, ``(V, K)``.
        values: value of each item, ``(num_items,)``.
    """
    there = recommended >= 0
    lists = there.sum(axis=1)
    filled = lists > 0
    sums = np.bincount(np.nonzero(there)[0], weights=values[recommended[there]], minlength=len(recommended))
    return float(np.mean(sums[filled] / lists[filled])) if filled.any() else float("nan")


def long_tail(interactions: np.ndarray) -> np.ndarray:
    """Return a mask of all items but the 20 % most popular, ``(num_items,)``; of equals, the first count as popular.

    Args:
        interactions: number of training interactions of each item, ``(num_items,)``.
    """
    head = np.argsort(-interactions, kind="stable")[: round(HEAD_SHARE * len(interactions))]
    tail = np.ones(len(interactions), dtype=bool)
    tail[head] = False
    return tail


def hits(recommended: np.ndarray, held_out: csr_array) -> np.ndarray:
    """Return a mask of the recommendations that are held-out items, ``(V, K)`` bool; False for -1."""
    codes = pair_codes(np.arange(len(recommended))[:, None], recommended, held_out.shape[1])
    return np.isin(codes, entry_codes(held_out)) & (recommended >= 0)
