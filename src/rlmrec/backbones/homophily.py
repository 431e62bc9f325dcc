"""Homophily: the share of connected pairs among the neighbours of a node."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.backbones import neighbours


def homophily(histories: csr_array, train: csr_array, fewest: int) -> np.ndarray:
    """Return the share of pairs of a history's items that users of the training interactions have both, ``(n,)``.

    Peng et al., "How Powerful is Graph Filtering for Recommendation" (KDD 2024): among the items of a user, items with
    another user in common count as connected. With transposed matrices it is that of items. It takes time by the sum of
    the squares of the numbers of items, and bounded memory.

    Args:
        histories: entries where something interacted, canonical, ``(n, m)``.
        train: training interactions, ``(num_users, m)``.
        fewest: users that must have both items: 2 for histories that are rows of ``train``, which have them themselves.

    Returns:
        Between 0 and 1; 0 where there are fewer than two items.
    """
    occurring = np.unique(histories.indices)
    histories, train = (csr_array(part[:, occurring]) for part in (histories, train))
    ones = csr_array((np.ones(train.nnz, np.float32), train.indices, train.indptr), train.shape)
    by_item, by_column = ones.T.tocsr(), histories.tocsc()
    width = max(1, neighbours.ENTRIES_AT_ONCE // max(1, len(occurring)))
    connected = np.zeros(histories.shape[0])
    for start in range(0, len(occurring), width):
        together = (by_item[start : start + width] @ ones).toarray() >= fewest  # (items of the part, m)
        together[np.arange(len(together)), np.arange(start, start + len(together))] = False
        here = by_column[:, start : start + width].tocoo()
        connected += _connected(here.coords, histories, together)
    items = np.diff(histories.indptr).astype(np.float64)
    return np.divide(connected, items * (items - 1), out=np.zeros_like(connected), where=items > 1)


def _connected(pairs: tuple[np.ndarray, ...], histories: csr_array, together: np.ndarray) -> np.ndarray:
    """Return for each history how many of its items are connected with those of some pairs, ``(n,)``.

    Args:
        pairs: histories and items of theirs, ``(E,)`` each.
        histories: ``(n, m)``.
        together: which items are connected with which, ``(k, m)`` bool.
    """
    found = np.zeros(histories.shape[0])
    lengths = np.diff(histories.indptr)
    for start, stop in neighbours.held_at_once(lengths[pairs[0]]):
        rows, items = (part[start:stop] for part in pairs)
        counts = lengths[rows]
        ends = counts.cumsum()
        places = np.arange(ends[-1]) + np.repeat(histories.indptr[rows] - (ends - counts), counts)
        hits = together[np.repeat(items, counts), histories.indices[places]]
        found += np.bincount(np.repeat(rows, counts), hits, minlength=len(found))
    return found
