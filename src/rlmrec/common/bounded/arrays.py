"""Arrays in files from untrusted sources: nothing is allocated that the file's size does not warrant."""

import zipfile
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FREE_BYTES, MAX_RATIO = 2**28, 100
"""Bytes that any archive may unpack to, and how many times its own size a larger one may."""
FREE_ROWS, ROWS_PER_VALUE = 10_000, 100
"""Rows or columns that any sparse matrix may have, and how many more for each of its values."""
MAX_MEMBERS = 10
"""Arrays that an archive may hold: a sparse matrix has six."""
MAX_WIDTH = 2**16
"""Numbers that a vector may have: the largest models give some thousands."""
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
"""How the header of a ``.npy`` file is read, by the version of the format."""


class ArrayHeader(NamedTuple):
    """What an array in a file says of itself, and the number of bytes before its values."""

    shape: tuple[int, ...]
    in_columns: bool
    dtype: np.dtype
    offset: int


def load_array(path: Path, memory_map: bool) -> Any:
    """Return what is in a ``.npy`` file, which may be something else than an array.

    Args:
        path: the file.
        memory_map: leave it on disk until it is needed.

    Raises:
        ValueError: if the file is not as large as its header says.
    """
    array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapping compares the size with the header
    if isinstance(array, np.ndarray) and max(array.shape[1:], default=0) > MAX_WIDTH:
        raise ValueError(f"it holds vectors of {max(array.shape[1:]):,} numbers")
    return np.array(array) if isinstance(array, np.ndarray) and not memory_map else array


def check_npz(path: Path) -> None:
    """Check that an archive of arrays unpacks to what it says, and to no more than its size warrants.

    Raises:
        ValueError: says which member asks for more.
        OSError: if it cannot be read.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        strange = [member.filename for member in members if not member.filename.endswith(".npy")]
        if strange or len(members) > MAX_MEMBERS:
            raise ValueError(f"it holds {len(members)} arrays" if not strange else f"it holds {strange[0]}")
        total = sum(member.file_size for member in members)
        if total > max(FREE_BYTES, MAX_RATIO * path.stat().st_size):
            raise ValueError(f"it would unpack to {total:,} bytes, {total // path.stat().st_size} times its size")
        for member in members:
            read_header(archive, member)


def read_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> ArrayHeader:
    """Return the header of an array in an archive, which says no more than the member holds.

    Raises:
        ValueError: if it says another size, or is in a version of the format that is not read.
    """
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"{member.filename} is in a version {version} of the format that is not read")
        header = ArrayHeader(*HEADERS[version](file), file.tell())
    announced = header.offset + prod(header.shape) * header.dtype.itemsize
    if not header.dtype.hasobject and member.file_size != announced:
        raise ValueError(f"{member.filename} is {member.file_size} bytes long where {announced} are announced")
    return header


def check_shape(shape: Sequence[Any], values: int) -> None:
    """Check that a sparse matrix is not far larger than its values can fill.

    Raises:
        ValueError: if it has too many rows or columns.
    """
    largest = FREE_ROWS + ROWS_PER_VALUE * values
    if any(int(size) > largest for size in shape):
        raise ValueError(f"a matrix of {' by '.join(map(str, shape))} with {values} values")


def check_ids(matrix: Any) -> None:
    """Check that a compressed sparse matrix refers to nothing outside of its arrays.

    Args:
        matrix: of scipy, compressed by rows or by columns.

    Raises:
        ValueError: if its ids or the ends of its rows are wrong.
    """
    ends = matrix.indptr
    if (
        ends[1:] < ends[:-1]
    ).any():  # scipy looks at differences, which overflow, and not where the last end is negative
        raise ValueError("its rows end before they begin")
    matrix.check_format(full_check=True)
