"""Products of sparse matrices of which only the largest entries of each row are kept, in bounded memory."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_array, vstack

ENTRIES_AT_ONCE = 2**24
"""Entries of a product held at once at most, apart from a single row."""


def top_of_product(
    left: csr_array,
    right: csr_array,
    k: int,
    change: Callable[[csr_array, int], None] | None = None,
    with_diagonal: bool = False,
) -> csr_array:
    """Return the largest entries of each row of ``left @ right``; of equals those of lower columns.

    Args:
        left: ``(n, m)``.
        right: ``(m, l)``, no negative values.
        k: entries kept in a row.
        change: called with some rows of the product and the number of the first; changes their values in place.
        with_diagonal: whether entries on the diagonal, which pair something with itself, are kept.

    Returns:
        ``(n, l)``, canonical, without stored zeros.
    """
    parts = []
    for start, stop in _chunks(left, right):
        product = csr_array(left[start:stop] @ right)
        if not with_diagonal:
            rows = np.repeat(np.arange(start, stop), np.diff(product.indptr))
            product.data[product.indices == rows] = 0
        if change is not None:
            change(product, start)
        parts.append(top_of_rows(product, k))
    kept = csr_array(vstack(parts, format="csr"))
    kept.sort_indices()
    return kept  # type: ignore[return-value]


def top_of_rows(matrix: csr_array, k: int) -> csr_array:
    """Return a matrix with the ``k`` largest positive entries of each row; of equals those of lower columns."""
    matrix.eliminate_zeros()
    kept = [*_largest(matrix, k)]
    chosen = np.concatenate(kept) if kept else np.empty(0, np.int64)
    indptr = np.concatenate([[0], np.cumsum([len(part) for part in kept])])
    return csr_array((matrix.data[chosen], matrix.indices[chosen], indptr), matrix.shape)


def _largest(matrix: csr_array, k: int) -> Iterator[np.ndarray]:
    """Yield for each row the positions of its largest values."""
    for first, last in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        if last - first <= k:
            yield np.arange(first, last)
            continue
        values = matrix.data[first:last]
        least = np.partition(values, last - first - k)[last - first - k]
        above, equal = np.flatnonzero(values > least), np.flatnonzero(values == least)
        equal = equal[np.argsort(matrix.indices[first + equal])][: k - len(above)]
        yield first + np.concatenate([above, equal])


def _chunks(left: csr_array, right: csr_array) -> Iterator[tuple[int, int]]:
    """Yield first and last row of parts of a product that have no more entries than are held at once."""
    widths = np.minimum(left.astype(bool).astype(np.int64) @ np.diff(right.indptr).astype(np.int64), right.shape[1])
    start, entries = 0, 0
    for row, width in enumerate(widths.tolist()):
        if entries + width > ENTRIES_AT_ONCE and row > start:
            yield start, row
            start, entries = row, 0
        entries += width
    if start < len(widths):
        yield start, len(widths)
