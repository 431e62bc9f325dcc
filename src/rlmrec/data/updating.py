"""Replacing the profiles and embeddings of a folder in the native format."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file
from rlmrec.common.processes.locks import exchanging
from rlmrec.data.dataset import KINDS, text_sha256
from rlmrec.data.folder import EMBEDDINGS, ENTITIES, FolderDataset
from rlmrec.data.manifest import UNFINISHED, Manifest, StoredFile, merged

log = logging.getLogger(__name__)

SOURCES = "profiles.parquet"
"""File of the interactions that the profiles were written from; see ``rlmrec.profiles.leaks``."""


def update_profiles(
    path: str | Path,
    users: Sequence[str],
    items: Sequence[str],
    info: dict[str, Any],
    sources: pl.DataFrame | None = None,
    kept: Collection[str] = (),
) -> None:
    """Replace the profiles in the entity tables of a dataset folder.

    Embeddings that were made here from other texts are removed; imported ones, which cannot be made again, stay.

    Args:
        path: path of the folder.
        users: profile of each user in id order, empty if there is none.
        items: profile of each item in id order, empty if there is none.
        info: record of how the profiles were made, for the manifest.
        sources: interactions that each profile was written from (``rlmrec.profiles.leaks.SCHEMA``), if known.
        kept: kinds, of ``users`` and ``items``, whose profiles are already those in the folder.

    Raises:
        UserError: if the number of profiles is not that of users or items.
    """
    reader = FolderDataset(str(path))
    folder, dataset = reader.root, reader.load()
    tables: dict[str, pl.DataFrame] = {}
    gone: list[str] = []
    for name, texts in (("users", users), ("items", items)):
        found = reader.entity_file(name)
        table = reader.table(found).with_columns(pl.col("id").cast(pl.Int64)).sort("id")  # keeps extra columns
        if len(texts) != len(table):
            raise UserError(f"{folder}: {len(texts)} profiles for {len(table)} {name}")
        tables[f"{name}.parquet"] = table.with_columns(profile=pl.Series(texts, dtype=pl.String))
        gone += [found.name] if found.suffix == ".csv" else []
    if sources is None:  # an earlier record would describe earlier profiles
        gone.append(SOURCES)
    else:
        tables[SOURCES] = sources
    manifest = Manifest.read(folder)
    about: dict[str, Any] = {"profiles": merged(manifest.profiles, info, kept)}
    if dataset.text_sha256() != text_sha256(users, items):  # the embeddings are of the earlier profiles
        imported = manifest.embeddings.get("imported", {})
        gone += [file for kind, file in zip(KINDS, EMBEDDINGS, strict=True) if kind not in imported]
        about["embeddings"] = _of_imported(manifest.embeddings)
    with _replacing(folder, tables, about, removed=gone) as partials:
        for name, table in tables.items():
            table.write_parquet(partials[name])


def _of_imported(embeddings: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest entry of the imported embeddings, when all others are removed."""
    imported = embeddings.get("imported", {})
    if not imported:
        return {}
    names = ("dtype", "dim") if "encoder" in embeddings else ("dtype", "dim", "text_sha256")  # hash of encoded texts
    told = {name: value for name, value in embeddings.items() if name in names}
    return merged(embeddings, told, list(imported)) | _only(imported)


def update_embeddings(
    path: str | Path,
    users: np.ndarray | None,
    items: np.ndarray | None,
    info: dict[str, Any],
    kept: Collection[str] = (),
) -> None:
    """Replace the profile embeddings of a dataset folder.

    Args:
        path: path of the folder.
        users: ``(num_users, T)``; None if only items get embeddings, or those of users are kept.
        items: ``(num_items, T)``; None as for users.
        info: record of how the embeddings were made, for the manifest.
        kept: kind, of ``users`` and ``items``, whose embeddings in the folder stay, if there are any.

    Raises:
        UserError: if there are no embeddings, their row counts differ from the manifest, or their widths differ.
    """
    folder = Path(path)
    manifest = Manifest.read(folder)
    files = dict(zip(KINDS, EMBEDDINGS, strict=True))
    if kept and UNFINISHED in manifest.embeddings:  # their encoder is unknown
        log.warning("the embeddings of %s in %s go: a command was stopped while it replaced them", *kept, folder)
        kept = ()
    new = {kind: vectors for kind, vectors in zip(KINDS, (users, items), strict=True) if vectors is not None}
    found = {kind: FolderDataset(str(folder)).embeddings(files[kind]) for kind in kept}
    old = {kind: vectors for kind, vectors in found.items() if vectors is not None}
    _refuse_misfits(folder, new | old, manifest)
    first = next(iter(new.values()))
    told = merged(manifest.embeddings, info | {"dtype": str(first.dtype), "dim": int(first.shape[1])}, old)
    told = {name: value for name, value in told.items() if name != "only"} | _only(new | old)
    gone = [file for kind, file in files.items() if kind not in new | old]
    # Update the checksums of the tables too: profiles may have been edited by hand, and the embeddings are of the
    # current texts.
    names = [files[kind] for kind in new]
    with _replacing(folder, names, {"embeddings": told}, removed=gone, described_again=ENTITIES) as partials:
        for partial, vectors in zip(partials.values(), new.values(), strict=True):
            with partial.open("wb") as file:
                np.save(file, np.ascontiguousarray(vectors), allow_pickle=False)


def _refuse_misfits(folder: Path, tables: Mapping[str, np.ndarray], manifest: Manifest) -> None:
    counts = {"users": manifest.num_users, "items": manifest.num_items}
    if not tables:
        raise UserError(f"{folder}: there are no vectors to write")
    if any(len(table) != counts[kind] for kind, table in tables.items()):
        found, kinds = (" and ".join(map(str, part)) for part in (map(len, tables.values()), tables))
        raise UserError(f"{folder}: {found} vectors for {tuple(counts[kind] for kind in tables)} {kinds}")
    widths = {kind: table.shape[1:] for kind, table in tables.items()}
    if len(set(widths.values())) > 1:
        raise UserError(f"{folder}: vectors of users are {widths['users']} wide, those of items {widths['items']}")


def _only(kinds: Collection[str]) -> dict[str, str]:
    """Return a record that only users or only items have embeddings, if so."""
    return {"only": next(iter(kinds))} if len(kinds) == 1 else {}


@contextmanager
def _replacing(
    folder: Path,
    names: Iterable[str],
    about: Mapping[str, dict[str, Any]],
    removed: Sequence[str] = (),
    described_again: Sequence[str] = (),
) -> Iterator[dict[str, Path]]:
    """Yield a temporary path for each file to write; an interruption always leaves a readable folder.

    Args:
        folder: path of the dataset folder.
        names: names of the files to replace.
        about: new fields of the manifest.
        removed: names of the files to remove.
        described_again: files that stay; those listed in the manifest get their current checksums.
    """
    with ExitStack() as exchange:
        with ExitStack() as replaced:
            partials = {name: replaced.enter_context(atomic_file(folder / name)) for name in names}
            yield partials
            manifest = Manifest.read(folder)
            files = {name: StoredFile.of(partial) for name, partial in partials.items()}
            files |= {name: StoredFile.of(folder / name) for name in described_again if name in manifest.files}
            exchange.enter_context(exchanging(folder))
            for name in (*partials, *removed):
                manifest.files.pop(name, None)  # unlisted files are not verified
            marks = {part: getattr(manifest, part) | {UNFINISHED: True} for part in about}
            manifest.model_copy(update=marks).write(folder)
        for name in removed:
            (folder / name).unlink(missing_ok=True)
        manifest.files |= files
        manifest.model_copy(update=about).write(folder)
