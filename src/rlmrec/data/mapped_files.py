"""Memory-mapped arrays, created with disk space reserved and pickled as file names."""

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 2**24


def new_mapped_file(path: Path, dtype: Any, shape: tuple[int, ...]) -> "np.memmap[Any, Any]":
    """Create a memory-mapped ``.npy`` file of zeros, with its disk space reserved.

    Without the reservation, a full disk would kill the process (SIGBUS) while the array is filled.

    Raises:
        OSError: if there is not enough space.
    """
    array = np.lib.format.open_memmap(path, "w+", np.dtype(dtype), shape)
    size = path.stat().st_size
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.seek(array.offset)
            for start in range(array.offset, size, BLOCK):
                file.write(bytes(min(BLOCK, size - start)))
    return array


class MappedFile(str):
    """The path of a memory-mapped ``.npy`` file, pickled in place of its content."""

    def open(self) -> np.ndarray:
        """Map the file again."""
        return np.load(self, mmap_mode="r", allow_pickle=False)


def is_mapped_file(value: Any) -> bool:
    """Return whether a value is a complete memory-mapped file, not a part of one."""
    return isinstance(value, np.memmap) and isinstance(value.base, mmap.mmap)


def file_name(value: Any) -> Any:
    """Return the file name of a memory-mapped file; any other value is returned unchanged."""
    return MappedFile(value.filename) if is_mapped_file(value) else value
