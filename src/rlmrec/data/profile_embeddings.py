"""Profile embeddings, in memory or on disk."""

import hashlib
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from rlmrec.common.chunks import chunks
from rlmrec.common.room import physical_memory
from rlmrec.data.mapped_files import MappedFile, file_name, is_mapped_file

SHARE_OF_MEMORY = 0.25
"""Share of the machine's memory above which memory-mapped embeddings are left on disk."""
ROWS_AT_ONCE = 2**14
OF_TORCH = (np.float16, np.float32, np.float64)
"""Floating-point types that torch shares with numpy, so that their arrays need no copy."""


class MappedEmbeddings:
    """Embeddings ``(N, T)`` in memory-mapped files; only the rows asked for are read.

    They are indexed like a tensor: rows are float32, on the device of the ids. They are pickled as file names, so that
    training processes map the files again.

    Args:
        parts: complete memory-mapped ``.npy`` files, whose rows are concatenated.
        kept: mask of the rows to read, ``(N,)`` bool; the others are zero. All by default.
    """

    def __init__(self, parts: Sequence[np.ndarray], kept: np.ndarray | None = None) -> None:
        self.parts = [_tensor(part) for part in parts]
        self.files = [str(file_name(part)) for part in parts]
        self.starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).tolist()
        self.shape = torch.Size((self.starts[-1], parts[0].shape[1]))
        self.kept = kept

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, ids: Tensor | slice) -> Tensor:
        wanted = torch.arange(len(self))[ids] if isinstance(ids, slice) else ids.cpu()
        rows = torch.empty(len(wanted), self.shape[1])
        for part, start in zip(self.parts, self.starts, strict=False):
            inside = ((wanted >= start) & (wanted < start + len(part))).nonzero()[:, 0]
            rows[inside] = part[wanted[inside] - start].float()
        if self.kept is not None:
            rows[~torch.from_numpy(self.kept)[wanted]] = 0
        return rows if isinstance(ids, slice) else rows.to(ids.device)

    def __reduce__(self) -> tuple[Callable[..., "MappedEmbeddings"], tuple[list[str], np.ndarray | None]]:
        return open_embeddings, (self.files, self.kept)

    def sha256(self) -> str:
        """Return a checksum of all embeddings in single precision, read in chunks."""
        digest = hashlib.sha256()
        for rows in chunks(len(self), ROWS_AT_ONCE):
            digest.update(self[rows].numpy().data)
        return digest.hexdigest()


ProfileEmbeddings = Tensor | MappedEmbeddings
"""Profile embeddings ``(N, T)``, users first; both types are indexed by ids."""


def profile_embeddings(users: np.ndarray, items: np.ndarray) -> ProfileEmbeddings:
    """Concatenate the embeddings of users ``(num_users, T)`` and items ``(num_items, T)``, in float32.

    They are left on disk if both are memory-mapped files and would take too much memory.
    """
    parts = [part for part in (users, items) if is_mapped_file(part) and part.dtype in OF_TORCH]
    if len(parts) == 2 and sum(4 * part.size for part in parts) > SHARE_OF_MEMORY * physical_memory():
        return MappedEmbeddings(parts)
    return torch.from_numpy(np.concatenate([users, items]).astype(np.float32, copy=False))


def of_own_texts(embeddings: ProfileEmbeddings, has_profile: np.ndarray) -> ProfileEmbeddings:
    """Return profile embeddings with zeros for nodes without a profile of their own.

    ``encode_text`` and imports give these nodes the mean of the others, as a direction for alignment; a part that
    compares nodes would take them all to be alike.

    Args:
        embeddings: profile embeddings, users first, ``(N, T)``; returned unchanged if all nodes have a profile.
        has_profile: mask of the nodes with a profile, ``(N,)`` bool (``Dataset.has_profile``).
    """
    if has_profile.all():
        return embeddings
    if isinstance(embeddings, MappedEmbeddings):
        return open_embeddings(embeddings.files, has_profile)
    return embeddings.where(torch.from_numpy(has_profile)[:, None], 0)


def sha256(embeddings: ProfileEmbeddings) -> str:
    """Return a checksum of all embeddings in single precision."""
    if isinstance(embeddings, MappedEmbeddings):
        return embeddings.sha256()
    return hashlib.sha256(embeddings.numpy().data).hexdigest()


def open_embeddings(files: Sequence[str], kept: np.ndarray | None = None) -> MappedEmbeddings:
    """Map ``.npy`` files as one ``MappedEmbeddings``, with ``kept`` as described there."""
    return MappedEmbeddings([MappedFile(file).open() for file in files], kept)


def _tensor(part: np.ndarray) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable")  # the tensor is never written to
        return torch.from_numpy(np.asarray(part))
