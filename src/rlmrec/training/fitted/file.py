"""The file of a fitted backbone, read without executing code and with limits on its size."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from rlmrec.backbones.scores import Matrix
from rlmrec.common.bounded.arrays import check_ids, check_npz
from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.files import atomic_file

DATASET = "dataset"
"""Name of the member with the identity of the dataset, JSON in bytes."""
MOST_BYTES = 2**16
"""Largest length of that member, in bytes."""
SPARSE = ("data", "indices", "indptr")


def arrays_of(matrices: Mapping[str, Matrix]) -> dict[str, np.ndarray]:
    """Return matrices as arrays: dense ones by name, sparse ones in three parts such as ``items.indptr``."""
    arrays: dict[str, np.ndarray] = {}
    for name, matrix in matrices.items():
        if isinstance(matrix, np.ndarray):
            arrays[name] = matrix
        else:
            arrays |= {f"{name}.{part}": getattr(matrix, part) for part in SPARSE}
    return arrays


def write_fitted(path: Path, fitted: Mapping[str, Matrix], dataset: Mapping[str, Any]) -> None:
    """Write matrices, keeping sparse ones sparse, and the identity of their dataset."""
    arrays = {DATASET: np.frombuffer(json.dumps(dataset).encode(), np.uint8)} | arrays_of(fitted)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_fitted(path: Path, shapes: Mapping[str, tuple[int, int]]) -> tuple[dict[str, Matrix], Any]:
    """Return matrices by name, and the identity of their dataset.

    Args:
        path: path of the file.
        shapes: shapes of the matrices by name.

    Raises:
        MissingFilesError: if the file does not exist.
        UserError: if it is damaged, or holds other matrices.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing: start the run again")
    try:
        check_npz(path)
        with np.load(path, allow_pickle=False) as stored:
            return {name: _matrix(stored, name, shape) for name, shape in shapes.items()}, _identity(stored[DATASET])
    except Exception as error:  # a damaged file can make numpy raise anything
        raise UserError(f"{path} is damaged ({one_line(error)[:100]}): start the run again") from None


def _identity(text: np.ndarray) -> Any:
    """Return the stored identity of a dataset.

    Raises:
        ValueError: if it is not JSON, or too long.
    """
    if text.dtype != np.uint8 or text.ndim != 1 or text.size > MOST_BYTES:
        raise ValueError(f"{DATASET} is no text of at most {MOST_BYTES:,} bytes")
    return json.loads(text.tobytes())


def _matrix(stored: Mapping[str, np.ndarray], name: str, shape: tuple[int, int]) -> Matrix:
    """Return a stored matrix after checking that it holds finite float32 numbers.

    Raises:
        ValueError: if its shape, type or values are invalid.
    """
    matrix: Matrix
    if name in stored:
        matrix = numbers = stored[name]
    else:
        numbers, indices, indptr = (stored[f"{name}.{part}"] for part in SPARSE)
        matrix = csr_array((numbers, indices, indptr), shape)
        check_ids(matrix)  # invalid ids would make products read outside of memory
    if matrix.shape != shape or numbers.dtype != np.float32 or not np.isfinite(numbers).all():
        raise ValueError(f"{name} is no matrix of {shape[0]} by {shape[1]} finite float32 numbers")
    return matrix
