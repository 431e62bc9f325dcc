"""Profile vectors that stay on disk."""

import hashlib
import os
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

SHARE_OF_MEMORY = 0.25
"""Of the machine's memory, above which memory-mapped vectors are not copied into it."""
ROWS_AT_ONCE = 2**14


class MappedProfiles:
    """Stands for a tensor ``(N, T)`` of profile vectors, of which only the rows asked for are read.

    Rows come as float32 on the device of the ids. It is pickled as the names of its files, so that processes started
    for training map them too.

    Args:
        parts: memory-mapped ``.npy`` files, whole, whose rows follow one another.
    """

    def __init__(self, parts: Sequence[np.memmap]) -> None:
        self.parts = [_tensor(part) for part in parts]
        self.files = [str(part.filename) for part in parts]
        self.starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).tolist()
        self.shape = torch.Size((self.starts[-1], parts[0].shape[1]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, ids: Tensor | slice) -> Tensor:
        wanted = torch.arange(len(self))[ids] if isinstance(ids, slice) else ids.cpu()
        rows = torch.empty(len(wanted), self.shape[1])
        for part, start in zip(self.parts, self.starts, strict=False):
            inside = ((wanted >= start) & (wanted < start + len(part))).nonzero()[:, 0]
            rows[inside] = part[wanted[inside] - start].float()
        return rows if isinstance(ids, slice) else rows.to(ids.device)

    def __reduce__(self) -> tuple[Callable[[list[str]], "MappedProfiles"], tuple[list[str]]]:
        return open_profiles, (self.files,)

    def sha256(self) -> str:
        """A checksum over all vectors in single precision, read in pieces."""
        digest = hashlib.sha256()
        for part in self.parts:
            for rows in part.split(ROWS_AT_ONCE):
                digest.update(rows.float().numpy().data)
        return digest.hexdigest()


def open_profiles(files: Sequence[str]) -> MappedProfiles:
    """Profile vectors of ``.npy`` files whose rows follow one another."""
    return MappedProfiles([np.load(file, mmap_mode="r", allow_pickle=False) for file in files])


def too_large(parts: Sequence[np.ndarray | None]) -> bool:
    """Whether these are memory-mapped files that would take too much of the memory."""
    mapped = [part for part in parts if isinstance(part, np.memmap) and part.base is not None]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return len(mapped) == len(parts) and sum(4 * part.size for part in mapped) > SHARE_OF_MEMORY * memory


def _tensor(part: np.memmap) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable")  # nobody writes to it
        return torch.from_numpy(np.asarray(part))
