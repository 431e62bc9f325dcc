"""Import of profiles from tables of ids and texts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from rlmrec.common.files import scratch_folder
from rlmrec.data.dataset import KINDS
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import imported_from
from rlmrec.data.updating import update_profiles
from rlmrec.imports.base import Import
from rlmrec.imports.matching import Matching, known_ids
from rlmrec.imports.origin import refuse_replacing
from rlmrec.imports.tables import AUTO, Table, find, ids_of, texts_of

NAMES = ("profile", "profiles", "summarization", "profile_text", "text", "summary", "description")
"""Names that a column of profiles may have, in order of preference."""


class ProfileColumns(TypedDict):
    """Columns of a file; ``auto`` selects by name."""

    id: str
    profile: str


def _auto() -> ProfileColumns:
    return {"id": AUTO, "profile": AUTO}


@dataclass(frozen=True)
class ProfileImport(Import):
    """An import of profiles written elsewhere, as an alternative to ``write_profiles``.

    The files are tables. If allowed, users or items missing from them get an empty profile.

    Args:
        user_columns: columns of the users' table.
        item_columns: columns of the items' table.
    """

    user_columns: ProfileColumns = field(default_factory=_auto)
    item_columns: ProfileColumns = field(default_factory=_auto)

    def _import(self, root: Path, files: dict[str, Path]) -> dict[str, Any]:
        dataset = FolderDataset(self.folder).load()
        entities = {"users": dataset.users, "items": dataset.items}
        present = [kind for kind in KINDS if (entities[kind]["profile"] != "").any()]
        refuse_replacing(root, "profiles", [kind for kind in present if kind in files], self.replace)
        texts = {kind: table["profile"].to_list() for kind, table in entities.items()}
        told = {}
        with scratch_folder(root / ".import.partial") as staging:
            for kind, path in files.items():
                known = known_ids(root, kind, entities[kind], self.match)
                (staging / kind).mkdir()
                texts[kind], told[kind] = self._read(kind, path, known, staging / kind)
        kept = [kind for kind in present if kind not in files]
        update_profiles(root, texts["users"], texts["items"], {"imported": told}, kept=kept)
        return told

    def _read(self, kind: str, path: Path, known: dict[str, int], staging: Path) -> tuple[list[str], dict[str, Any]]:
        """Return the profiles in id order, and their manifest entry."""
        table = Table(path, kind, self._id_names(kind), self.formats[kind], self._text())
        columns = self.user_columns if kind == "users" else self.item_columns
        own = table.id_column(columns["id"])
        column = _profile_column(table, columns["profile"], own)
        matching, texts = Matching(kind, path, known), [""] * len(known)
        for block in table.blocks(table.scan([own, column], staging)):
            found = texts_of(block[column])
            for number, text in zip(matching.numbers(ids_of(block[own])).tolist(), found, strict=True):
                if number >= 0:
                    texts[number] = text
        matching.check(self.missing, "an empty profile")
        counts = {"columns": {"id": own, "profile": column}, **matching.counts(), "empty": texts.count("")}
        return texts, imported_from(self.origin, [path], **counts)


def _profile_column(table: Table, chosen: str, own: str) -> str:
    rest: Sequence[str] = [name for name in table.columns() if name != own]
    if chosen == AUTO and len(rest) == 1:
        return rest[0]
    return find(table.path, rest, chosen, NAMES, f"{table.option}.profile", "profiles")
