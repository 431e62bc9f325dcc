"""The native folder format: new profiles and embeddings in place of earlier ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file
from rlmrec.data.dataset import text_sha256
from rlmrec.data.folder import EMBEDDINGS, ENTITIES, FolderDataset
from rlmrec.data.manifest import Manifest, StoredFile

SOURCES = "profiles.parquet"
"""File with the interactions that the profiles in a folder were written from; see ``rlmrec.profiles.leaks``."""


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
        items: a profile for each item in id order, empty where there is none.
        info: how they were made, for the manifest.
        sources: the interactions that each was written from (``rlmrec.profiles.leaks.SCHEMA``), if known.

    Raises:
        UserError: if there are not as many as users and items.
    """
    reader = FolderDataset(str(path))
    folder, dataset = reader.root, reader.load()
    tables: dict[str, pl.DataFrame] = {}
    gone: list[str] = []
    for name, texts in (("users", users), ("items", items)):
        found = reader.entity_file(name)
        table = reader.table(found).with_columns(pl.col("id").cast(pl.Int64)).sort("id")  # extra columns stay
        if len(texts) != len(table):
            raise UserError(f"{folder}: {len(texts)} profiles for {len(table)} {name}")
        tables[f"{name}.parquet"] = table.with_columns(profile=pl.Series(texts, dtype=pl.String))
        gone += [found.name] if found.suffix == ".csv" else []
    if sources is None:  # an earlier record describes earlier profiles
        gone.append(SOURCES)
    else:
        tables[SOURCES] = sources
    about: dict[str, Any] = {"profiles": info}
    if dataset.text_sha256() != text_sha256(users, items):  # the embeddings belong to earlier profiles too
        gone += EMBEDDINGS
        about["embeddings"] = {}
    with _replacing(folder, tables, about, removed=gone) as partials:
        for name, table in tables.items():
            table.write_parquet(partials[name])


def update_embeddings(path: str | Path, users: np.ndarray, items: np.ndarray, info: dict[str, Any]) -> None:
    """Put profile embeddings into a dataset folder, in place of earlier ones.

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
    about = {"embeddings": info | {"dtype": str(users.dtype), "dim": int(users.shape[1])}}
    # Profiles may have been edited by hand since the manifest was written; these embeddings are of the current ones.
    with _replacing(folder, EMBEDDINGS, about, described_again=ENTITIES) as partials:
        for partial, vectors in zip(partials.values(), (users, items), strict=True):
            with partial.open("wb") as file:
                np.save(file, np.ascontiguousarray(vectors), allow_pickle=False)


@contextmanager
def _replacing(
    folder: Path,
    names: Iterable[str],
    about: Mapping[str, dict[str, Any]],
    removed: Sequence[str] = (),
    described_again: Sequence[str] = (),
) -> Iterator[dict[str, Path]]:
    """Yield files to write, by the names they get; the folder stays readable wherever this is interrupted.

    Args:
        folder: of the dataset.
        names: of the files that are replaced.
        about: new fields of the manifest.
        removed: files to remove.
        described_again: files that stay; those that the manifest lists get the checksums that they have now.
    """
    with ExitStack() as replaced:
        partials = {name: replaced.enter_context(atomic_file(folder / name)) for name in names}
        yield partials
        manifest = Manifest.read(folder)
        files = {name: StoredFile.of(partial) for name, partial in partials.items()}
        for name in (*files, *removed):
            manifest.files.pop(name, None)  # files that are not listed are not verified
        manifest.write(folder)
    for name in removed:
        (folder / name).unlink(missing_ok=True)
    manifest.files |= files | {n: StoredFile.of(folder / n) for n in described_again if n in manifest.files}
    manifest.model_copy(update=about).write(folder)
