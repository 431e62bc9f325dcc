"""The native folder format: writing; the same dataset gives the same bytes."""

import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.data import interactions
from rlmrec.data.dataset import Dataset, text_sha256
from rlmrec.data.folder import EMBEDDINGS, ENTITIES, FolderDataset
from rlmrec.data.manifest import Manifest, StoredFile
from rlmrec.errors import UserError

SOURCES = "profiles.parquet"
"""What the profiles in a folder were written from; see ``rlmrec.profiles.leaks``."""

VERSIONED = ("numpy", "scipy", "polars", "rlmrec-lightning")


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """A folder to fill, which appears under its name when all is written, or not at all.

    Raises:
        UserError: if there is such a folder already.
    """
    folder = Path(path)
    if folder.exists():
        raise UserError(f"{folder} exists already: choose another name or remove it")
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    partial.rename(folder)


def write_folder(dataset: Dataset, path: str | Path, source: str, **about: Any) -> None:
    """Write a dataset as a new folder; it appears whole or not at all.

    Args:
        dataset: what to write.
        path: the folder; must not exist.
        source: where the data come from, for the manifest.
        about: further options of ``write_contents``.

    Raises:
        UserError: if the folder exists.
    """
    with new_folder(path) as folder:
        write_contents(dataset, folder, source, **about)


def write_contents(
    dataset: Dataset,
    folder: Path,
    source: str,
    embeddings_info: dict[str, Any] | None = None,
    allow_empty_training_rows: bool = False,
    preparation: dict[str, Any] | None = None,
) -> None:
    """Fill a new folder with a dataset; files that lie in it already become part of the dataset.

    Args:
        dataset: what to write.
        folder: where to; an interaction log in it is kept, and written from the splits if there is none.
        source: where the data come from, for the manifest.
        embeddings_info: how the embeddings were made, for the manifest.
        allow_empty_training_rows: let readers of the folder accept users without training interactions.
        preparation: how the splits were made, for the manifest.
    """
    splits = {"train": dataset.train, "val": dataset.val, "test": dataset.test}
    for split, matrix in splits.items():
        _save_matrix(folder / f"{split}.npz", matrix)
    for name, table in (("users", dataset.users), ("items", dataset.items)):
        table.write_parquet(folder / f"{name}.parquet")
    if not (folder / interactions.FILE).exists():
        interactions.from_matrices(splits).write_parquet(folder / interactions.FILE)
    manifest = Manifest(
        format_version=1,
        name=dataset.name,
        num_users=dataset.num_users,
        num_items=dataset.num_items,
        description=dataset.description,
        source=source,
        allow_empty_training_rows=allow_empty_training_rows,
        interactions={split: int(matrix.nnz) for split, matrix in splits.items()},
        preparation=preparation or {},
        created_with={package: version(package) for package in VERSIONED},
        files={file.name: StoredFile.of(file) for file in sorted(folder.iterdir())},
    )
    manifest.write(folder)
    if dataset.user_embeddings is not None and dataset.item_embeddings is not None:
        update_embeddings(folder, dataset.user_embeddings, dataset.item_embeddings, embeddings_info or {})


def update_profiles(
    path: str | Path,
    users: Sequence[str],
    items: Sequence[str],
    info: dict[str, Any],
    sources: pl.DataFrame | None = None,
) -> None:
    """Put profile texts into the entity tables of a dataset folder, in place of earlier ones; embeddings go.

    Args:
        path: the folder.
        users: a profile for each user in id order, empty where there is none.
        items: likewise.
        info: how they were made, for the manifest.
        sources: what each was written from (``rlmrec.profiles.leaks.SCHEMA``), if that is known.

    Raises:
        UserError: if there are not as many as users and items.
    """
    reader = FolderDataset(str(path))
    folder, dataset = reader.root, reader.load()
    partials, gone = {}, []
    for name, texts in (("users", users), ("items", items)):
        found = reader.entity_file(name)
        table = reader.table(found).with_columns(pl.col("id").cast(pl.Int64)).sort("id")  # with columns of one's own
        if len(texts) != len(table):
            raise UserError(f"{folder}: {len(texts)} profiles for {len(table)} {name}")
        partials[f"{name}.parquet"] = folder / f".{name}.partial"
        table.with_columns(profile=pl.Series(texts, dtype=pl.String)).write_parquet(partials[f"{name}.parquet"])
        gone += [found.name] if found.suffix == ".csv" else []
    if sources is None:  # an earlier record is of earlier profiles
        gone.append(SOURCES)
    else:
        partials[SOURCES] = folder / f".{SOURCES}.partial"
        sources.write_parquet(partials[SOURCES])
    about = {"profiles": info}
    if dataset.text_sha256() != text_sha256(users, items):  # so are the embeddings
        gone += EMBEDDINGS
        about["embeddings"] = {}
    _replace(folder, partials, about, gone=gone)


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
    partials = {file: folder / f".{file}.partial" for file in EMBEDDINGS}
    for partial, vectors in zip(partials.values(), (users, items), strict=True):
        with partial.open("wb") as file:
            np.save(file, np.ascontiguousarray(vectors), allow_pickle=False)
    about = {"embeddings": info | {"dtype": str(users.dtype), "dim": int(users.shape[1])}}
    # Profiles may have been edited by hand since the manifest was written; these vectors are of what is there.
    _replace(folder, partials, about, anew=ENTITIES)


def _replace(
    folder: Path,
    partials: Mapping[str, Path],
    about: Mapping[str, dict[str, Any]],
    gone: Sequence[str] = (),
    anew: Sequence[str] = (),
) -> None:
    """Move finished files into place and describe them; the folder can be read wherever this is cut off.

    Args:
        folder: of the dataset.
        partials: finished files, by the name they get.
        about: fields of the manifest.
        gone: files to remove.
        anew: files that stay; those that the manifest lists get the checksums that they have now.
    """
    manifest = Manifest.read(folder)
    files = {file: StoredFile.of(partial) for file, partial in partials.items()}
    for file in (*files, *gone):
        manifest.files.pop(file, None)  # what is not listed is not compared with a checksum
    manifest.write(folder)
    for file, partial in partials.items():
        partial.replace(folder / file)
    for file in gone:
        (folder / file).unlink(missing_ok=True)
    manifest.files |= files | {file: StoredFile.of(folder / file) for file in anew if file in manifest.files}
    manifest.model_copy(update=about).write(folder)


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
