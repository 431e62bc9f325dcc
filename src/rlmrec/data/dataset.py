"""A dataset of interactions, entities and profile embeddings, as arrays."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import MissingFilesError
from rlmrec.data.manifest.mean_rows import mean_row
from rlmrec.data.mapped_files import MappedFile, file_name
from rlmrec.data.matrices import content_digest

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from rlmrec.data.profile_embeddings import ProfileEmbeddings

KINDS = ("users", "items")
"""Kinds of entities, as used in the names of tables and files."""
TEXT_COLUMNS = ("external_id", "title", "metadata", "profile")
"""Text columns of the tables of users and items."""
NUMBERS_AT_ONCE = 2**24
"""Number of embedding values compared at once, since the embeddings may be on disk."""
NO_EMBEDDINGS = (
    "the dataset has no profile embeddings of users, items or both: give them as user_embeddings and "
    "item_embeddings, or train with align=none"
)


@dataclass(frozen=True)
class Dataset:
    """A dataset as arrays, independent of its file format.

    Args:
        name: name of the dataset.
        train: training interactions, ``(num_users, num_items)``, ones in canonical CSR form.
        val: validation interactions, of the same shape and form.
        test: test interactions, of the same shape and form.
        users: table of users with the columns id (0, 1, ...) and all or some of ``TEXT_COLUMNS``; missing texts are
            empty.
        items: table of items with the same columns.
        user_embeddings: profile embeddings, ``(num_users, T)``, possibly memory-mapped; None if absent.
        item_embeddings: profile embeddings, ``(num_items, T)``, possibly memory-mapped; None if absent.
        description: one sentence on the origin of the data; may be empty.
        missing_embeddings: error message for a user who needs absent profile embeddings; says how to obtain them.
        embeddings_info: record of how the profile embeddings were made, JSON-serialisable; empty if unknown.
        files: files that interactions and entities were read from, if any.
        embedding_files: files that the profile embeddings were read from, if any.
        train_weights: float32 weights of the training interactions, in the order of ``train``; None if there are none.
        item_pool: mask of the items that are ranked, ``(num_items,)`` bool; None for all (see ``evaluated_on``).
    """

    name: str
    train: csr_array
    val: csr_array
    test: csr_array
    users: pl.DataFrame
    items: pl.DataFrame
    user_embeddings: np.ndarray | None
    item_embeddings: np.ndarray | None
    description: str = ""
    missing_embeddings: str = NO_EMBEDDINGS
    embeddings_info: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    embedding_files: tuple[Path, ...] = ()
    train_weights: np.ndarray | None = None
    item_pool: np.ndarray | None = None

    @property
    def num_users(self) -> int:
        """Return the number of users."""
        return int(self.train.shape[0])

    @property
    def num_items(self) -> int:
        """Return the number of items."""
        return int(self.train.shape[1])

    @property
    def splits(self) -> dict[str, csr_array]:
        """Return the interactions of ``train``, ``val`` and ``test``, in this order."""
        return {"train": self.train, "val": self.val, "test": self.test}

    def seen(self, splits: Literal["train", "train+val", "all"]) -> csr_array:
        """Return the interactions of one or more splits, to exclude from a ranking, ``(num_users, num_items)``."""
        total, *others = [*self.splits.values()][: ("train", "train+val", "all").index(splits) + 1]
        for other in others:
            total = csr_array(total + other)
        return total

    @property
    def test_users(self) -> np.ndarray:
        """Return the ids of the users with test items, ascending, ``(V,)`` int64."""
        return np.flatnonzero(np.diff(self.test.indptr))

    @cached_property
    def item_counts(self) -> np.ndarray:
        """Return the number of training interactions of each item, ``(num_items,)`` int64."""
        return np.bincount(self.train.indices, minlength=self.num_items)

    @property
    def kinds_without_embeddings(self) -> list[str]:
        """Return the kinds, ``users`` or ``items``, that have no profile embeddings at all."""
        tables = {"users": self.user_embeddings, "items": self.item_embeddings}
        return [kind for kind, table in tables.items() if table is None]

    @cached_property
    def has_profile(self) -> np.ndarray:
        """Return which users and items have a profile of their own, users first, ``(N,)`` bool.

        Nodes without a profile, and those whose text has no known word, have the mean embedding, set by ``encode_text``
        and imports. If no user, or no item, has a text, their embeddings were imported without texts, and each counts
        as that of a profile.
        """
        users = self._has_profile("users", self.users, self.user_embeddings)
        return np.concatenate([users, self._has_profile("items", self.items, self.item_embeddings)])

    def _has_profile(self, kind: str, table: pl.DataFrame, embeddings: np.ndarray | None) -> np.ndarray:
        side = np.zeros(len(table), bool)
        if "profile" in table.columns:
            side = (table["profile"].fill_null("").str.strip_chars() != "").to_numpy()
        side = side if side.any() else np.full(len(table), embeddings is not None)
        nobody = mean_row(self.embeddings_info, kind)
        if embeddings is None or nobody is None or not 0 <= nobody < len(embeddings):
            return side
        parts = np.array_split(embeddings, max(1, embeddings.size // NUMBERS_AT_ONCE))
        return side & np.concatenate([(part != embeddings[nobody]).any(axis=1) for part in parts])

    def profile_embeddings(self, one_sided: bool = False) -> "ProfileEmbeddings":
        """Return the profile embeddings, users first, ``(N, T)`` float32; large memory-mapped ones stay on disk.

        Args:
            one_sided: whether users or items may lack embeddings; these are then zero, and all embeddings are in
                memory.

        Raises:
            MissingFilesError: if they are absent.
        """
        from rlmrec.data.profile_embeddings import profile_embeddings  # deferred: loads torch

        absent = self.kinds_without_embeddings
        if len(absent) == 2 or (absent and not one_sided):
            raise MissingFilesError(self.missing_embeddings)
        tables = (self.user_embeddings, self.item_embeddings)
        width = next(table.shape[1] for table in tables if table is not None)
        users, items = (
            np.zeros((count, width), np.float32) if table is None else table
            for table, count in zip(tables, self.train.shape, strict=True)
        )
        return profile_embeddings(users, items)

    def to_pyg(self) -> "HeteroData":
        """Return the dataset as a PyTorch Geometric graph, with splits, profile embeddings and texts.

        The node types are ``user`` and ``item``, with the profile embeddings as ``x``; the edge type is ``(user,
        interacts, item)``, with the training interactions as ``edge_index`` and the held-out ones as
        ``val_edge_label_index`` and ``test_edge_label_index``. ``rlmrec.data.pyg.from_pyg`` converts the graph back,
        and ``dataset=pyg`` reads it from a file.

        Examples:
            >>> torch.save(dataset.to_pyg(), "graph.pt")
        """
        from rlmrec.data.pyg.to_graph import to_pyg  # deferred: loads torch

        return to_pyg(self)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle memory-mapped embeddings as file names, which training processes map again."""
        return {name: file_name(value) for name, value in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value.open() if isinstance(value, MappedFile) else value)

    def fingerprint(self) -> str:
        """Return a platform-independent checksum of the sizes, the interactions of all splits and any weights."""
        digest = content_digest(*self.splits.values())
        if self.train_weights is not None:
            digest.update(self.train_weights.astype("<f4").tobytes())
        return digest.hexdigest()

    def text_sha256(self) -> str:
        """Return a checksum of the profiles of all users and items, in id order."""
        return text_sha256(self.users["profile"].to_list(), self.items["profile"].to_list())


@runtime_checkable
class DatasetLoader(Protocol):
    """The interface of the classes behind the option ``dataset``; its options are the constructor's arguments.

    The constructor does no work. Options called ``root``, ``cache`` and ``file`` are paths, which a run stores as
    absolute paths; an option ``name`` names the dataset in the folders of a study.
    """

    def load(self) -> Dataset:
        """Return the dataset, the same at every call: a run is tested again on the data it was trained on.

        The loader itself checks the dataset with ``rlmrec.data.validate``, since it knows the origin of the data.

        Raises:
            UserError: if a file is missing or damaged; names it.
        """


def singular(kind: str) -> str:
    """Return the singular form of a kind, as used in columns and options: ``users`` becomes ``user``."""
    return kind.removesuffix("s")


def text_sha256(users: Sequence[str], items: Sequence[str]) -> str:
    """Return a checksum of the profiles of all users and items, in id order."""
    digest = hashlib.sha256()
    for texts in (users, items):
        digest.update(len(texts).to_bytes(8, "little"))
        for text in texts:
            data = text.encode("utf-8")
            digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()
