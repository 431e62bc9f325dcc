"""Interactions, entities and profile vectors of a dataset, as arrays."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.errors import MissingFilesError


@dataclass(frozen=True)
class Dataset:
    """A dataset as arrays, whatever files it came from.

    Args:
        name: of the dataset.
        train: training interactions, ``(num_users, num_items)``, ones in canonical CSR form.
        val: validation interactions, likewise.
        test: test interactions, likewise.
        users: columns id (0, 1, ...), external_id, title, metadata and profile, or some of the texts; empty where none.
        items: likewise.
        user_embeddings: profile vectors, ``(num_users, T)``, maybe memory-mapped; None if absent.
        item_embeddings: profile vectors, ``(num_items, T)``, likewise.
        description: one sentence on where the data come from.
        missing_embeddings: what to tell a user who needs profile vectors that are absent.
        embeddings_info: how the profile vectors were made, JSON-ready; empty where unknown.
        files: what interactions and entities were read from, if from files.
        embedding_files: what the profile vectors were read from, likewise.
    """

    name: str
    train: csr_array
    val: csr_array
    test: csr_array
    users: pl.DataFrame
    items: pl.DataFrame
    user_embeddings: np.ndarray | None
    item_embeddings: np.ndarray | None
    description: str
    missing_embeddings: str
    embeddings_info: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    embedding_files: tuple[Path, ...] = ()

    @property
    def num_users(self) -> int:
        """Number of users."""
        return int(self.train.shape[0])

    @property
    def num_items(self) -> int:
        """Number of items."""
        return int(self.train.shape[1])

    def profiles(self) -> np.ndarray:
        """Profile vectors, users first, ``(N, T)`` float32.

        Raises:
            MissingFilesError: if they are absent.
        """
        if self.user_embeddings is None or self.item_embeddings is None:
            raise MissingFilesError(self.missing_embeddings)
        return np.concatenate([self.user_embeddings, self.item_embeddings]).astype(np.float32, copy=False)

    def fingerprint(self) -> str:
        """A checksum over sizes and interactions of all splits, the same on every machine."""
        digest = hashlib.sha256(np.asarray(self.train.shape, dtype="<i8").tobytes())
        for matrix in (self.train, self.val, self.test):
            for array in (matrix.indptr, matrix.indices):
                digest.update(array.astype("<i8").tobytes())
        return digest.hexdigest()

    def text_sha256(self) -> str:
        """A checksum over the profiles of all users and items, in id order."""
        return text_sha256(self.users["profile"].to_list(), self.items["profile"].to_list())


def text_sha256(users: Sequence[str], items: Sequence[str]) -> str:
    """A checksum over the profiles of all users and items, in id order."""
    digest = hashlib.sha256()
    for texts in (users, items):
        digest.update(len(texts).to_bytes(8, "little"))
        for text in texts:
            data = text.encode("utf-8")
            digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()
