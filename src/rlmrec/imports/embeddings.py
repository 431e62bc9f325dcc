"""Import of profile embeddings from files of vectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.files import scratch_folder
from rlmrec.common.room import refuse_beyond_disk
from rlmrec.data.dataset import KINDS, singular, text_sha256
from rlmrec.data.folder import EMBEDDINGS, FolderDataset
from rlmrec.data.manifest import imported_from
from rlmrec.data.updating import update_embeddings
from rlmrec.imports.base import Import
from rlmrec.imports.ids import read_ids, with_ids
from rlmrec.imports.joined_vectors import JoinedVectors
from rlmrec.imports.matching import Matching, known_ids
from rlmrec.imports.origin import refuse_replacing, require_file
from rlmrec.imports.tables import AUTO, Table
from rlmrec.imports.vectors import Asked, VectorFile, open_vectors

ORDER = "order"
FILES = dict(zip(KINDS, EMBEDDINGS, strict=True))


class VectorColumns(TypedDict):
    """Columns or arrays of a file; ``auto`` selects by name."""

    id: str
    vector: str


def _auto() -> VectorColumns:
    return {"id": AUTO, "vector": AUTO}


@dataclass(frozen=True)
class EmbeddingImport(Import):
    """An import of profile embeddings made elsewhere, as an alternative to ``encode_text``.

    If allowed, users or items missing from the files get the mean vector of their kind, as those without a profile do
    in ``encode_text``; the vectors in the files are unchanged.

    Args:
        user_ids: ids of the users' vectors: ``auto`` for those in the same file, a file of ids, or ``order`` if the
            rows are in the order of the users in the folder.
        item_ids: the same for items.
        user_columns: columns or arrays of the users' file, or the column of ids in a separate file of ids.
        item_columns: the same for items.
        dtype: type of the stored vectors.
    """

    user_ids: str = AUTO
    item_ids: str = AUTO
    user_columns: VectorColumns = field(default_factory=_auto)
    item_columns: VectorColumns = field(default_factory=_auto)
    dtype: Literal["float32", "float16"] = "float32"

    def _import(self, root: Path, files: dict[str, Path]) -> dict[str, Any]:
        reader = FolderDataset(self.folder, verify_checksums=False)
        entities = dict(zip(KINDS, reader.entities(), strict=True))
        present = [kind for kind in KINDS if (root / FILES[kind]).is_file()]
        refuse_replacing(root, "embeddings", [kind for kind in present if kind in files], self.replace)
        kept = [kind for kind in present if kind not in files]
        for kind in KINDS:
            if kind not in files and self._ids(kind) != AUTO:
                raise UserError(f"{singular(kind)}_ids={self._ids(kind)} has no effect without {kind}=...")
            if self._ids(kind) not in (AUTO, ORDER):
                require_file(f"{singular(kind)}_ids", Path(self._ids(kind)))
        with scratch_folder(root / ".import.partial") as scratch:
            opened = {kind: self._open(kind, path, scratch) for kind, path in files.items()}
            _refuse_widths(root, opened, {kind: reader.embeddings(FILES[kind]) for kind in kept})
            numbers = sum(file.width * len(entities[kind]) for kind, file in opened.items())
            # Writing to a memory-mapped file on a full disk kills the process. Two copies exist while files are
            # replaced.
            refuse_beyond_disk(2 * 4 * numbers, root, f"embeddings of {root}")
            joined = {kind: self._join(kind, file, entities[kind], scratch) for kind, file in opened.items()}
            told = {kind: self._record(kind, vectors) for kind, vectors in joined.items()}
            info: dict[str, Any] = {"imported": told}
            info["mean_vectors"] = {kind: vectors.given_mean for kind, vectors in joined.items()}
            info["mean_rows"] = {kind: vectors.mean_row for kind, vectors in joined.items() if vectors.given_mean}
            profiles = [table["profile"].to_list() for table in entities.values()]
            if any(text for texts in profiles for text in texts):  # otherwise, made from texts elsewhere
                info["text_sha256"] = text_sha256(*profiles)
            users, items = (joined[kind].vectors if kind in joined else None for kind in KINDS)
            update_embeddings(root, users, items, info, kept=kept)
        return told

    def _ids(self, kind: str) -> str:
        return self.user_ids if kind == "users" else self.item_ids

    def _columns(self, kind: str) -> VectorColumns:
        return self.user_columns if kind == "users" else self.item_columns

    def _open(self, kind: str, path: Path, scratch: Path) -> VectorFile:
        staging, columns = scratch / f"{kind}_table", self._columns(kind)
        staging.mkdir()
        own = columns["id"] if self._ids(kind) == AUTO else None
        names = self._id_names(kind)
        return open_vectors(path, Asked(kind, names, staging, own, columns["vector"], self.formats[kind], self._text()))

    def _join(self, kind: str, file: VectorFile, entities: pl.DataFrame, scratch: Path) -> JoinedVectors:
        """Return the vectors of all users or items, in id order."""
        ids, where = self._ids(kind), file.path
        match = "id" if ids == ORDER else self.match
        known = known_ids(Path(self.folder), kind, entities, match)
        if ids == ORDER:
            blocks = with_ids(file, known, f"with {singular(kind)}_ids=order, the folder gives")
        elif ids != AUTO:
            where, staging = Path(ids), scratch / f"{kind}_ids"
            staging.mkdir()
            table = Table(where, kind, self._id_names(kind), AUTO, self._text())
            blocks = with_ids(file, read_ids(table, self._columns(kind)["id"], staging), f"{where} holds")
        else:
            blocks = file.blocks()
        joined = JoinedVectors(scratch / f"{kind}.npy", file, Matching(kind, where, known), self.dtype)
        joined.take(blocks)
        joined.finish(self.missing)
        return joined

    def _record(self, kind: str, joined: JoinedVectors) -> dict[str, Any]:
        ids = self._ids(kind)
        paths = [joined.file.path, *([] if ids in (AUTO, ORDER) else [Path(ids)])]
        counts = joined.matching.counts() | {"zero": joined.zero}
        return imported_from(self.origin, paths, **counts)


def _refuse_widths(root: Path, opened: Mapping[str, VectorFile], kept: Mapping[str, Any]) -> None:
    widths = {str(file.path): file.width for file in opened.values()}
    widths |= {str(root / FILES[kind]): vectors.shape[1] for kind, vectors in kept.items()}
    if len(set(widths.values())) > 1:
        (first, wide), (second, other) = widths.items()
        raise UserError(
            f"{first} holds vectors of {wide} numbers, {second} of {other}: users and items need the same width"
        )
