"""Singular vectors of sparse matrices."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackError, svds

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.seeding import derive_seed

NEGLIGIBLE = 1e-5
"""Singular values below this share of the largest count as zero."""


def singular_vectors(matrix: csr_array, count: int, start: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return the largest singular values of a matrix, ascending, and its singular vectors.

    Args:
        matrix: sparse matrix, ``(n, m)``.
        count: number of values, limited to ``q`` by ``count_at_most``. A matrix of a single row or column gets one
            value of zero and vectors of zeros.
        start: generator of the initial vector.

    Returns:
        Left vectors ``(n, q)``, values ``(q,)`` and right vectors ``(m, q)``, float64.

    Raises:
        UserError: if the iteration fails, as it does if all entries are zero or too small.
    """
    smaller = min(matrix.shape)
    if smaller < 2:
        return np.zeros((matrix.shape[0], 1)), np.zeros(1), np.zeros((matrix.shape[1], 1))
    first = start.standard_normal(smaller)
    try:
        left, values, right = svds(matrix.astype(np.float64), count_at_most(matrix, count), v0=first)
    except ArpackError as error:
        raise UserError(
            f"backbone: no singular vectors were found ({one_line(error)[:100]}): entries of the normalised "
            "interactions are zero or too small; normalise more gently"
        ) from None
    return left, values, right.T


def count_at_most(matrix: csr_array, count: int) -> int:
    """Return the number of singular values that are computed if ``count`` are requested.

    It is less than the number of rows and of columns, but at least one.
    """
    return min(count, max(1, min(matrix.shape) - 1))


def fit_start(seed: int) -> np.random.Generator:
    """Return the generator of a fit's initial vector, derived from the seed of the run."""
    return np.random.default_rng(derive_seed(seed, "singular vectors", 0))
