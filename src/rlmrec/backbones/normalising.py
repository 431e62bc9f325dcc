"""Scaling of rows and columns of sparse matrices, for example by node degrees."""

import numpy as np
from scipy.sparse import csr_array


def scaled(matrix: csr_array, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> csr_array:
    """Return a matrix with each row and each column multiplied by a factor, float32."""
    values = matrix.data.astype(np.float64)
    if rows is not None:
        values *= np.repeat(rows, np.diff(matrix.indptr))
    if columns is not None:
        values *= columns[matrix.indices]
    return csr_array((values.astype(np.float32), matrix.indices, matrix.indptr), matrix.shape)


def normalised(matrix: csr_array) -> csr_array:
    """Return interactions divided by the square roots of user and item degrees, float32."""
    return scaled(matrix, power(np.asarray(matrix.sum(axis=1)), -0.5), power(np.asarray(matrix.sum(axis=0)), -0.5))


def power(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of counts, and 0 for counts of 0 with any exponent."""
    return np.where(counts > 0, np.maximum(counts, 1).astype(np.float64) ** exponent, 0)
