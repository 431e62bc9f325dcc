"""Memory-mapped arrays: made on a disk with room for them, and pickled as the names of their files."""

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 2**24


def new_mapped_file(path: Path, dtype: Any, shape: tuple[int, ...]) -> "np.memmap[Any, Any]":
    """Return a new ``.npy`` file of zeros to write, memory-mapped, for which the disk has set room aside.

    Without that, a disk that gets full would end the process without a word (SIGBUS) while numbers are put in.

    Raises:
        OSError: if there is no room.
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
    """The name of a memory-mapped ``.npy`` file, in place of its content."""

    def open(self) -> np.ndarray:
        """Map the file again."""
        return np.load(self, mmap_mode="r", allow_pickle=False)


def is_mapped_file(value: Any) -> bool:
    """Return whether a value is a memory-mapped file, and all of it."""
    return isinstance(value, np.memmap) and isinstance(value.base, mmap.mmap)


def file_name(value: Any) -> Any:
    """Return the file's name in place of a memory-mapped file, and any other value as it is."""
    return MappedFile(value.filename) if is_mapped_file(value) else value
