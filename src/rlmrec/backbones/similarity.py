"""Similarities from numbers in common."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array


def shrunk_cosine(members: csr_array, shrinkage: float) -> Callable[[csr_array, int], None]:
    """Return what turns rows of ``members @ members.T``, in place, into cosines with a shrinkage.

    Args:
        members: ones, ``(n, m)``.
        shrinkage: added to the product of lengths, so that cosines of few members become small.
    """
    lengths = np.sqrt(np.diff(members.indptr).astype(np.float32))

    def change(common: csr_array, start: int) -> None:
        own = lengths[start : start + common.shape[0]]
        common.data /= np.repeat(own, np.diff(common.indptr)) * lengths[common.indices] + np.float32(shrinkage)

    return change
