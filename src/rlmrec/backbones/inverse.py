"""The inverse of a symmetric matrix."""

import numpy as np
from scipy.linalg import lapack


def inverted(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangle of the inverse of a positive definite matrix, computed in place by Cholesky's method.

    Args:
        matrix: matrix in double precision, ``(n, n)``, in column-major order, which LAPACK overwrites in place.

    Returns:
        The same memory; entries above the diagonal are not part of the result. All entries are NaN if the matrix is not
        positive definite in double precision, so that the fit can report that it needs more regularisation.
    """
    matrix, failed = lapack.dpotrf(matrix, lower=True, overwrite_a=True)
    if not failed:
        matrix, failed = lapack.dpotri(matrix, lower=True, overwrite_c=True)
    if failed:
        matrix.fill(np.nan)
    return matrix


def symmetric(lower: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix with this lower triangle; entries above the diagonal are ignored."""
    lower = np.tril(lower)
    return lower + np.tril(lower, -1).T
