"""The native folder format: writing; the same dataset gives the same bytes."""

import shutil
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import EMBEDDINGS
from rlmrec.data.manifest import Manifest, StoredFile
from rlmrec.errors import UserError

VERSIONED = ("numpy", "scipy", "polars", "rlmrec-lightning")


def write_folder(
    dataset: Dataset,
    path: str | Path,
    source: str,
    embeddings_info: dict[str, Any] | None = None,
    allow_empty_training_rows: bool = False,
) -> None:
    """Write a dataset as a new folder; it appears whole or not at all.

    Args:
        dataset: what to write.
        path: the folder; must not exist.
        source: where the data come from, for the manifest.
        embeddings_info: how the embeddings were made, for the manifest.
        allow_empty_training_rows: let readers of the folder accept users without training interactions.

    Raises:
        UserError: if the folder exists.
    """
    folder = Path(path)
    if folder.exists():
        raise UserError(f"{folder} exists already: choose another name or remove it")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    splits = {"train": dataset.train, "val": dataset.val, "test": dataset.test}
    for split, matrix in splits.items():
        _save_matrix(partial / f"{split}.npz", matrix)
    for name, table in (("users", dataset.users), ("items", dataset.items)):
        table.write_parquet(partial / f"{name}.parquet")
    manifest = Manifest(
        format_version=1,
        name=dataset.name,
        num_users=dataset.num_users,
        num_items=dataset.num_items,
        description=dataset.description,
        source=source,
        allow_empty_training_rows=allow_empty_training_rows,
        interactions={split: int(matrix.nnz) for split, matrix in splits.items()},
        created_with={package: version(package) for package in VERSIONED},
        files={file.name: StoredFile.of(file) for file in sorted(partial.iterdir())},
    )
    manifest.write(partial)
    if dataset.user_embeddings is not None and dataset.item_embeddings is not None:
        update_embeddings(partial, dataset.user_embeddings, dataset.item_embeddings, embeddings_info or {})
    partial.rename(folder)


def update_embeddings(path: str | Path, users: np.ndarray, items: np.ndarray, info: dict[str, Any]) -> None:
    """Put profile vectors into a dataset folder, in place of earlier ones.

    Args:
        path: the folder.
        users: ``(num_users, T)``.
        items: ``(num_items, T)``.
        info: how they were made, for the manifest.

    Raises:
        UserError: if their numbers of rows are not those of the manifest.
    """
    folder = Path(path)
    manifest = Manifest.read(folder)
    expected = (manifest.num_users, manifest.num_items)
    if (len(users), len(items)) != expected:
        raise UserError(f"{folder}: {len(users)} and {len(items)} vectors for {expected} users and items")
    if users.shape[1:] != items.shape[1:]:
        raise UserError(f"{folder}: vectors of users are {users.shape[1:]} wide, those of items {items.shape[1:]}")
    for file, vectors in zip(EMBEDDINGS, (users, items), strict=True):
        partial = folder / f".{file}.partial.npy"
        np.save(partial, np.ascontiguousarray(vectors), allow_pickle=False)
        manifest.files[file] = StoredFile.of(partial)
        partial.replace(folder / file)
    manifest.embeddings = info | {"dtype": str(users.dtype), "dim": int(users.shape[1])}
    manifest.write(folder)


def _save_matrix(path: Path, matrix: csr_array) -> None:
    """Like ``scipy.sparse.save_npz``, without the time of writing that a zip archive keeps of its members."""
    arrays: dict[str, np.ndarray] = {
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
        "format": np.array("csr".encode("ascii")),
        "shape": np.array(matrix.shape, dtype=np.int64),
        "data": matrix.data.astype(np.float32),
        "_is_array": np.array(True),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:  # ZipInfo dates from 1980
                np.lib.format.write_array(member, array, allow_pickle=False)
