"""The inverse of a symmetric matrix."""

import numpy as np
from scipy.linalg import lapack


def inverted(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangle of the inverse of a positive definite matrix, made in its place by Cholesky's method.

    Args:
        matrix: ``(n, n)`` in double precision, in the order of columns that LAPACK changes in place.

    Returns:
        The same memory, above whose diagonal is what was there; NaN if the matrix is not positive definite in double
        precision, so that whoever fits a backbone by it is told to raise the regularisation.
    """
    matrix, failed = lapack.dpotrf(matrix, lower=True, overwrite_a=True)
    if not failed:
        matrix, failed = lapack.dpotri(matrix, lower=True, overwrite_c=True)
    if failed:
        matrix.fill(np.nan)
    return matrix


def symmetric(lower: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix that has a lower triangle; what stands above the diagonal does not count."""
    lower = np.tril(lower)
    return lower + np.tril(lower, -1).T
