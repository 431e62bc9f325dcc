"""Reader of ``.npy`` files written by ``numpy.save``."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError, one_line
from rlmrec.imports.vectors.base import Asked, Block, VectorFile, require_table, rows_at_once

NUMBERS = "fiu"


def read(path: Path, asked: Asked) -> VectorFile:
    """Open a file of vectors without ids.

    Raises:
        UserError: if it is not a table of numbers.
    """
    array = mapped(path)
    require_table(path, "", array.shape, array.dtype.kind in NUMBERS)
    size = rows_at_once(array.shape[1] * array.itemsize)

    def blocks() -> Iterator[Block]:
        for rows in chunks(len(array), size):
            yield [], np.asarray(array[rows])

    return VectorFile(path, array.shape[1], False, blocks)


def mapped(path: Path) -> np.ndarray:
    """Memory-map the array in a file.

    Raises:
        UserError: if the file is damaged, or would require unpickling.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy may raise any exception on a damaged file
        raise UserError(
            f"{path} is no array that numpy.save wrote, is cut off, or holds Python objects, which are not loaded "
            f"since they can run code ({one_line(error)[:120]}): save numbers as float32, and ids as text or numbers"
        ) from None
    if not isinstance(array, np.ndarray):
        raise UserError(f"{path} holds several arrays: name it .npz")
    return array
