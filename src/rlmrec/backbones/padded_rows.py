"""Rows of a sparse matrix side by side, so that rows of any lengths are worked on many at a time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array


def padded_rows(matrix: csr_array, rows: np.ndarray, at_once: int, width: int = 1) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield rows of similar numbers of entries, padded to the longest of them, which is less than twice the shortest.

    Args:
        matrix: sparse, ``(n, m)``.
        rows: numbers of rows with at least one entry, ``(r,)``.
        at_once: places that are held at once at most, apart from a single row.
        width: least number of places that a row counts for.

    Yields:
        Numbers of some rows, ``(v,)``; the places of their entries in ``matrix.data``, ``(v, l)``; and which of these
        are entries, and not padding, ``(v, l)`` bool.
    """
    lengths = np.diff(matrix.indptr)[rows]
    order = np.argsort(lengths, kind="stable")
    rows, lengths = rows[order], lengths[order]
    powers = 2 ** np.arange(int(lengths.max(initial=0)).bit_length() + 1)
    for first, last in pairwise(np.searchsorted(lengths, powers).tolist()):
        step = max(1, at_once // max(width, int(lengths[last - 1])))
        for start in range(first, last, step):
            some = slice(start, min(start + step, last))
            places = np.arange(lengths[some][-1])
            present = places < lengths[some, None]
            yield rows[some], np.where(present, matrix.indptr[rows[some], None] + places, 0), present
