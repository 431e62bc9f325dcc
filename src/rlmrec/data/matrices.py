"""Sparse matrices in files."""

import hashlib
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, load_npz

from rlmrec.common.bounded.arrays import check_ids, check_npz, check_shape
from rlmrec.common.errors import MissingFilesError, UserError, one_line


def load_matrix(path: Path) -> csr_array:
    """Return a matrix that ``scipy.sparse.save_npz`` wrote, with every id checked.

    Raises:
        UserError: if the file is missing, damaged or inconsistent.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing")
    try:
        check_npz(path)
        stored = load_npz(path)
        check_shape(stored.shape, stored.nnz)
        if hasattr(stored, "indptr"):  # conversion would write outside of its memory where ids are wrong
            check_ids(stored)
        return csr_array(stored).astype(np.float32)
    except Exception as error:  # a damaged file can make scipy raise anything
        raise UserError(f"{path} is not a sparse matrix from scipy.sparse.save_npz: {one_line(error)}") from None


def content_sha256(matrix: csr_array) -> str:
    """Return a checksum over the size and the entries of a binary matrix, however its file was written."""
    digest = hashlib.sha256(np.asarray(matrix.shape, dtype="<i8").tobytes())
    for array in (matrix.indptr, matrix.indices):
        digest.update(array.astype("<i8").tobytes())
    return digest.hexdigest()
