"""Singular vectors of sparse matrices."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from rlmrec.common.seeding import derive_seed

NEGLIGIBLE = 1e-5
"""Singular values below it, where the largest is 1, are taken for zero."""


def right_vectors(matrix: csr_array, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the greatest singular values of a matrix, ascending, and its right singular vectors, ``(columns, count)``.

    Args:
        matrix: with more than ``count`` rows and columns.
        count: of values.
        seed: of the run, from which the start of the iteration follows.
    """
    start = np.random.default_rng(derive_seed(seed, "singular vectors", 0)).standard_normal(min(matrix.shape))
    _, values, vectors = svds(matrix.astype(np.float64), count, v0=start)
    return values, vectors.T
