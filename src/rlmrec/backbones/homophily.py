"""How alike the neighbours of nodes are."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.backbones import neighbours


def homophily(histories: csr_array, train: csr_array, fewest: int) -> np.ndarray:
    """Return the share of pairs of a history's items that users of the training interactions have both, ``(n,)``.

    Peng et al., "How Powerful is Graph Filtering for Recommendation" (KDD 2024): among the items of a user, items with
    another user in common count as connected. With transposed matrices it is that of items.

    Args:
        histories: ones where something interacted, canonical, ``(n, m)``.
        train: training interactions, ``(num_users, m)``.
        fewest: users that must have both items: 2 for histories that are rows of ``train``, which have them themselves.

    Returns:
        Between 0 and 1; 0 where there are fewer than two items.
    """
    connected = np.zeros(histories.shape[0])
    by_item, by_column = train.T.tocsr(), histories.tocsc()
    width = max(1, neighbours.ENTRIES_AT_ONCE // max(*train.shape, *histories.shape))
    for start in range(0, train.shape[1], width):
        together = csr_array(by_item[start : start + width] @ train)
        rows = np.repeat(np.arange(start, start + together.shape[0]), np.diff(together.indptr))
        together.data = ((together.data >= fewest) & (together.indices != rows)).astype(np.float32)
        together.eliminate_zeros()
        here = by_column[:, start : start + width].tocsr()
        connected += np.asarray((histories @ together.T.tocsr()).multiply(here).sum(axis=1))
    items = np.diff(histories.indptr).astype(np.float64)
    return np.divide(connected, items * (items - 1), out=np.zeros_like(connected), where=items > 1)
