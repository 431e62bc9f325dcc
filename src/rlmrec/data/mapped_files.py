"""Memory-mapped arrays that are pickled as the names of their files."""

import mmap
from typing import Any

import numpy as np


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
