"""Sparse interaction matrices: reading, conversion to pairs of user and item, and checksums."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.sparse import csr_array, load_npz

from rlmrec.common.bounded.arrays import check_ids, check_npz, check_shape
from rlmrec.common.errors import MissingFilesError, UserError, one_line

if TYPE_CHECKING:
    from torch import Tensor

Ids = TypeVar("Ids", np.ndarray, "Tensor")


def load_matrix(path: Path) -> csr_array:
    """Load a matrix written by ``scipy.sparse.save_npz`` and check every id.

    Raises:
        UserError: if the file is missing, damaged or inconsistent.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing")
    try:
        check_npz(path)
        stored = load_npz(path)
        check_shape(stored.shape, stored.nnz)
        if hasattr(stored, "indptr"):  # with wrong ids, the conversion would write out of bounds
            check_ids(stored)
        return csr_array(stored).astype(np.float32)
    except Exception as error:  # scipy may raise any exception on a damaged file
        raise UserError(f"{path} is not a sparse matrix from scipy.sparse.save_npz: {one_line(error)}") from None


def restricted(matrix: csr_array, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> csr_array:
    """Return a matrix of the same shape with the entries of some rows and columns only.

    Args:
        matrix: a canonical matrix.
        rows: mask of the rows to keep; all by default.
        columns: mask of the columns to keep; all by default.
    """
    row, column = matrix.tocoo().coords
    kept = np.ones(matrix.nnz, bool)
    for ids, chosen in ((row, rows), (column, columns)):
        if chosen is not None:
            kept &= chosen[ids]
    return csr_array((matrix.data[kept], (row[kept], column[kept])), shape=matrix.shape)


def coordinates(matrix: csr_array) -> np.ndarray:
    """Return the row and column (user and item) of every entry, in storage order, ``(2, nnz)`` int64."""
    return np.stack(matrix.tocoo().coords, dtype=np.int64)


def pair_codes(users: Ids, items: Ids, num_items: int) -> Ids:
    """Return a unique code of every pair of user and item, ``(n,)``, which sorts by user, then item.

    Division by ``num_items`` gives the user, and the remainder is the item.

    Args:
        users: ids, ``(n,)`` int64.
        items: ids, ``(n,)`` int64.
        num_items: number of all items.
    """
    return users * num_items + items


def entry_codes(matrix: csr_array) -> np.ndarray:
    """Return the ``pair_codes`` of all entries of a matrix, ``(nnz,)`` int64."""
    users, items = coordinates(matrix)
    return pair_codes(users, items, matrix.shape[1])


def content_digest(*matrices: csr_array) -> "hashlib._Hash":
    """Return a platform-independent SHA-256 hash of the shape and entries of binary matrices of the same shape.

    It does not depend on how the files were written, and may be updated with further data.
    """
    digest = hashlib.sha256(np.asarray(matrices[0].shape, dtype="<i8").tobytes())
    for matrix in matrices:
        for array in (matrix.indptr, matrix.indices):
            digest.update(array.astype("<i8").tobytes())
    return digest
