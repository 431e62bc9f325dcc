"""Rows of a sparse matrix, padded to arrays, so that rows of different lengths are processed together."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array


def padded_rows(matrix: csr_array, rows: np.ndarray, at_once: int, width: int = 1) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield groups of rows with similar numbers of entries, padded to the longest, less than twice the shortest.

    Args:
        matrix: sparse matrix, ``(n, m)``.
        rows: numbers of rows with at least one entry, ``(r,)``.
        at_once: most places held at once, unless a single row has more.
        width: least number of places that a row counts for.

    Yields:
        Row numbers, ``(v,)``; positions of their entries in ``matrix.data``, ``(v, l)``; and a mask that is False for
        padding, ``(v, l)`` bool.
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
