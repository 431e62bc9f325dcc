"""Similarities from counts of common entries."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array


def shrunk_cosine(
    members: csr_array, shrinkage: float, others: csr_array | None = None
) -> Callable[[csr_array, int], None]:
    """Return a function that turns rows of ``members @ others.T`` into shrunk cosines, in place.

    Args:
        members: binary matrix, ``(n, m)``.
        shrinkage: constant added to the product of lengths, which makes cosines of few members small.
        others: binary matrix, ``(l, m)``; ``members`` by default.
    """
    lengths = np.sqrt(np.diff(members.indptr).astype(np.float32))
    of_others = lengths if others is None else np.sqrt(np.diff(others.indptr).astype(np.float32))

    def rescale(common: csr_array, start: int) -> None:
        own = lengths[start : start + common.shape[0]]
        common.data /= np.repeat(own, np.diff(common.indptr)) * of_others[common.indices] + np.float32(shrinkage)

    return rescale
