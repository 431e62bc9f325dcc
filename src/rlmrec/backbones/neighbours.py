"""The largest entries of each row of products of sparse matrices, in bounded memory."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_array, vstack

from rlmrec.backbones.padded_rows import padded_rows

ENTRIES_AT_ONCE = 2**24
"""Most entries of a product held at once, unless a single row has more."""


def top_of_product(
    left: csr_array,
    right: csr_array,
    k: int,
    rescale: Callable[[csr_array, int], None] | None = None,
    with_diagonal: bool = False,
) -> csr_array:
    """Return the ``k`` largest entries of each row of ``left @ right``; ties go to lower columns.

    Args:
        left: left factor, ``(n, m)``.
        right: right factor without negative values, ``(m, l)``.
        k: number of entries kept per row.
        rescale: function called with some rows of the product and the number of the first; changes values in place.
        with_diagonal: whether to keep diagonal entries, which pair something with itself.

    Returns:
        Matrix ``(n, l)``, canonical, without stored zeros.
    """
    parts = []
    widths = np.minimum(left.astype(bool).astype(np.int64) @ np.diff(right.indptr).astype(np.int64), right.shape[1])
    for start, stop in held_at_once(widths):
        product = csr_array(left[start:stop] @ right)
        if not with_diagonal:
            rows = np.repeat(np.arange(start, stop), np.diff(product.indptr))
            product.data[product.indices == rows] = 0
        if rescale is not None:
            rescale(product, start)
        parts.append(top_of_rows(product, k))
    kept = csr_array(vstack(parts, format="csr"))
    kept.sort_indices()
    return kept  # type: ignore[return-value]


def top_of_rows(matrix: csr_array, k: int) -> csr_array:
    """Return a matrix with only the ``k`` largest positive entries of each row; ties go to lower columns."""
    matrix.eliminate_zeros()
    counts = np.diff(matrix.indptr)
    least = np.full(matrix.shape[0], -np.inf)
    for rows, places, present in padded_rows(matrix, np.flatnonzero(counts > k), ENTRIES_AT_ONCE):
        values = np.where(present, matrix.data[places], -np.inf)
        least[rows] = np.partition(values, values.shape[1] - k, axis=1)[:, -k]
    row_of, least = np.repeat(np.arange(len(counts)), counts), np.repeat(least, counts)
    kept = matrix.data > least
    room = k - np.bincount(row_of[kept], minlength=len(counts))
    equal = np.flatnonzero(matrix.data == least)
    equal = equal[np.lexsort((matrix.indices[equal], row_of[equal]))]
    rows = row_of[equal]
    kept[equal[np.arange(len(equal)) - np.searchsorted(rows, rows) < room[rows]]] = True
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row_of[kept], minlength=len(counts)))])
    return csr_array((matrix.data[kept], matrix.indices[kept], indptr), matrix.shape)


def held_at_once(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield start and stop of consecutive parts whose entries can be held at once.

    Args:
        sizes: number of entries at each place, ``(n,)``; a place that exceeds the limit is a part by itself.
    """
    ends, start = np.cumsum(sizes), 0
    while start < len(ends):
        held = ends[start] - sizes[start] + ENTRIES_AT_ONCE
        stop = max(start + 1, int(np.searchsorted(ends, held, side="right")))
        yield start, stop
        start = stop
