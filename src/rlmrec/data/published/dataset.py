"""The datasets published with RLMRec."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.program import command
from rlmrec.data.dataset import Dataset
from rlmrec.data.published import safe_pickle
from rlmrec.data.published.bundle import fetch_bundle
from rlmrec.data.published.layout import EMBEDDINGS, PROFILES, SPLITS
from rlmrec.data.published.naming import named
from rlmrec.data.validation import validate

MOST_ENTITIES = 10**8
"""Limit on the number of users or items of a file, beyond which it would only fill the memory."""


class PublishedDataset:
    """A dataset in the layout published with RLMRec (WWW 2024), downloaded on first use.

    Args:
        name: name of the dataset.
        root: folder with the files, or with a subfolder ``name`` that has them; prevents a download.
        cache: folder of the downloaded bundle.
        url: URL of the bundle, a zip archive.
        sha256: SHA-256 checksum of the bundle.
        as_published: whether to refuse files other than those published; otherwise the dataset's name marks them.
        download: whether the bundle may be downloaded if absent.
    """

    def __init__(
        self,
        name: Literal["amazon", "yelp", "steam"],
        root: str | None,
        cache: str,
        url: str,
        sha256: str,
        as_published: bool = True,
        download: bool = True,
    ) -> None:
        self.name = name
        self.root = root
        self.cache = cache
        self.url = url
        self.sha256 = sha256
        self.as_published = as_published
        self.download = download

    def load(self) -> Dataset:
        """Return the validated dataset.

        Raises:
            UserError: if a file is missing, damaged, unsafe or inconsistent, or is not the published one; names it.
        """
        folder = self._folder()
        splits = {split: _matrix(folder / file) for split, file in SPLITS.items()}
        num_users, num_items = splits["train"].shape
        dataset = Dataset(
            self.name,
            train=splits["train"],
            val=splits["val"],
            test=splits["test"],
            users=_entities(folder / PROFILES["user"], num_users),
            items=_entities(folder / PROFILES["item"], num_items),
            user_embeddings=_vectors(folder / EMBEDDINGS["user"]),
            item_embeddings=_vectors(folder / EMBEDDINGS["item"]),
            description=f"{self.name} as published with RLMRec",
            missing_embeddings=self._missing(folder),
            embeddings_info={"encoder": "published with RLMRec"},
            files=_present(folder, *SPLITS.values(), *PROFILES.values()),
            embedding_files=_present(folder, *EMBEDDINGS.values()),
        )
        dataset = named(dataset, folder, self.as_published, fetched=self.root is None)
        validate(dataset, allow_empty_training_rows=True)  # accepted as published
        return dataset

    def _folder(self) -> Path:
        if self.root is None:
            return fetch_bundle(self.url, self.sha256, Path(self.cache), self.name, self.download)
        choices = (Path(self.root) / self.name, Path(self.root))
        for folder in choices:
            if (folder / SPLITS["train"]).is_file():
                return folder
        places = " and ".join(map(str, choices))
        raise MissingFilesError(f"dataset.root={self.root}: looked for {SPLITS['train']} in {places}, found none")

    def _missing(self, folder: Path) -> str:
        absent = [file for file in EMBEDDINGS.values() if not (folder / file).is_file()]
        return (
            f"{' and '.join(absent)} of {self.name} are missing in {folder}: leave out dataset.root to fetch the "
            f"published bundle ({command('train')} dataset={self.name}), or train with align=none"
        )


def _present(folder: Path, *names: str) -> tuple[Path, ...]:
    return tuple(path for path in map(folder.joinpath, names) if path.is_file())


def _matrix(path: Path) -> csr_array:
    content = safe_pickle.load(path)
    if not hasattr(content, "tocsr") or content.ndim != 2 or max(content.shape) > MOST_ENTITIES:
        raise UserError(f"{path} holds {type(content).__name__}, not a sparse matrix of users and items")
    matrix = csr_array(content).astype(np.float32)
    matrix.sum_duplicates()  # duplicates add up to 2, which validation refuses
    return matrix


def _vectors(path: Path) -> np.ndarray | None:
    if not path.is_file():
        return None
    content = safe_pickle.load(path)
    if not isinstance(content, np.ndarray) or content.dtype.kind != "f" or content.ndim != 2:
        raise UserError(f"{path} holds {type(content).__name__}, not a table of floating-point numbers")
    return content.astype(np.float32)


def _entities(path: Path, count: int) -> pl.DataFrame:
    texts = _texts(safe_pickle.load(path), path, count) if path.is_file() else [""] * count
    ids = range(count)
    columns = {"id": ids, "external_id": [str(i) for i in ids], "title": [""] * count, "profile": texts}
    return pl.DataFrame(columns)


def _texts(content: Any, path: Path, count: int) -> list[str]:
    """Return the profiles in id order, from a list or a mapping by id, of strings or of ``{"profile": text, ...}``."""
    if isinstance(content, Mapping):
        by_id = {str(key): value for key, value in content.items()}
        absent = [i for i in range(count) if str(i) not in by_id]
        if absent or len(by_id) != count:
            raise UserError(f"{path} must hold a profile for each id from 0 to {count - 1}; it has {len(by_id)}")
        content = [by_id[str(i)] for i in range(count)]
    if not isinstance(content, Sequence) or isinstance(content, str) or len(content) != count:
        raise UserError(f"{path} must hold {count} profiles")
    texts = [entry.get("profile") if isinstance(entry, Mapping) else entry for entry in content]
    known = [text for text in texts if isinstance(text, str)]
    if len(known) < count:
        raise UserError(f"{path} holds {count - len(known)} profiles that are not text")
    return known
