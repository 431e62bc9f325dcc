"""Homophily: the share of connected pairs among the neighbours of a node."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.backbones import neighbours


def homophily(histories: csr_array, train: csr_array, fewest: int) -> np.ndarray:
    """Return, for each history, the share of pairs of its items that some user interacted with together, ``(n,)``.

    Peng et al., "How Powerful is Graph Filtering for Recommendation" (KDD 2024): two items of a user are connected if
    they have another user in common. Transposed matrices give the homophily of items. Time grows with the sum of the
    squared history lengths; memory is bounded.

    Args:
        histories: canonical interactions, ``(n, m)``.
        train: training interactions, ``(num_users, m)``.
        fewest: least number of users with both items: 2 if histories are rows of ``train``, which count themselves.

    Returns:
        Values from 0 to 1; 0 for histories with fewer than two items.
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
    """Return, for each history, the number of its connections with the items of some pairs, ``(n,)``.

    Args:
        pairs: history and item of each pair, ``(E,)`` each.
        histories: interactions, ``(n, m)``.
        together: whether two items are connected, ``(k, m)`` bool.
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
