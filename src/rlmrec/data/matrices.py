"""Sparse matrices of interactions: from files, as pairs of user and item, and their checksums."""

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


def coordinates(matrix: csr_array) -> np.ndarray:
    """Return row and column of every entry, such as user and item, in the order of the entries, ``(2, nnz)`` int64."""
    return np.stack(matrix.tocoo().coords, dtype=np.int64)


def pair_codes(users: Ids, items: Ids, num_items: int) -> Ids:
    """Return a number for every pair of user and item, ``(n,)``, in the order of users and then items.

    Division by ``num_items`` gives the user, and its remainder the item.

    Args:
        users: ids, ``(n,)`` int64.
        items: ids, ``(n,)`` int64.
        num_items: number of all items.
    """
    return users * num_items + items


def entry_codes(matrix: csr_array) -> np.ndarray:
    """Return the number of the pair, as ``pair_codes`` gives it, of every entry of a matrix, ``(nnz,)`` int64."""
    users, items = coordinates(matrix)
    return pair_codes(users, items, matrix.shape[1])


def content_digest(*matrices: csr_array) -> "hashlib._Hash":
    """Return a SHA-256 digest over the size and the entries of binary matrices of one size, the same on every machine.

    It does not depend on how their files were written, and may be updated with more.
    """
    digest = hashlib.sha256(np.asarray(matrices[0].shape, dtype="<i8").tobytes())
    for matrix in matrices:
        for array in (matrix.indptr, matrix.indices):
            digest.update(array.astype("<i8").tobytes())
    return digest
