"""Arrays in files from untrusted sources: no more memory is allocated than the size of the file justifies."""

import zipfile
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FREE_BYTES, MAX_RATIO = 2**28, 100
"""Unpacked bytes allowed for any archive, and the unpacking ratio allowed for larger ones."""
FREE_ROWS, ROWS_PER_VALUE = 10_000, 100
"""Rows or columns allowed for any sparse matrix, and the additional ones allowed per stored value."""
MAX_MEMBERS = 10
"""Maximum number of arrays in an archive; a sparse matrix has six."""
MAX_WIDTH = 2**16
"""Maximum number of dimensions of a vector; the largest models have a few thousand."""
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
"""Functions that read the header of a ``.npy`` file, by version of the format."""


class ArrayHeader(NamedTuple):
    """The header of an array in a file, and the offset of its values in bytes."""

    shape: tuple[int, ...]
    in_columns: bool
    dtype: np.dtype
    offset: int


def load_array(path: Path, memory_map: bool) -> Any:
    """Return the content of a ``.npy`` file, which may be something other than an array.

    Args:
        path: path of the file.
        memory_map: whether to leave the array on disk until it is accessed.

    Raises:
        ValueError: if the size of the file does not match its header, or its vectors are too long.
    """
    array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapping compares the size with the header
    if isinstance(array, np.ndarray) and max(array.shape[1:], default=0) > MAX_WIDTH:
        raise ValueError(f"it holds vectors of {max(array.shape[1:]):,} numbers")
    return np.array(array) if isinstance(array, np.ndarray) and not memory_map else array


def check_npz(path: Path) -> None:
    """Check that the arrays in an archive match their headers and unpack to no more than the file's size justifies.

    Raises:
        ValueError: if a member is wrong or the archive unpacks to too much; the message gives the reason.
        OSError: if the archive cannot be read.
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
    """Return the header of an array in an archive, after checking it against the size of the member.

    Raises:
        ValueError: if the sizes differ, or the version of the format is not supported.
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
    """Check that the shape of a sparse matrix is not far larger than its number of values can justify.

    Raises:
        ValueError: if it has too many rows or columns.
    """
    largest = FREE_ROWS + ROWS_PER_VALUE * values
    if any(int(size) > largest for size in shape):
        raise ValueError(f"a matrix of {' by '.join(map(str, shape))} with {values} values")


def check_ids(matrix: Any) -> None:
    """Check that the indices of a compressed sparse matrix stay within its arrays.

    Args:
        matrix: scipy matrix, compressed by rows or by columns.

    Raises:
        ValueError: if its indices or row pointers are invalid.
    """
    ends = matrix.indptr
    if (
        ends[1:] < ends[:-1]
    ).any():  # scipy checks differences, which overflow, and not whether the last end is negative
        raise ValueError("its rows end before they begin")
    matrix.check_format(full_check=True)
