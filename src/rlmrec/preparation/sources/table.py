"""Tables in files of any known format, with a mapping of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.preparation.formats import format_of
from rlmrec.preparation.guards import reading
from rlmrec.preparation.sources.base import RawTable, RawTables
from rlmrec.preparation.sources.columns import (
    EntityColumns,
    InteractionColumns,
    entity_options,
    entity_rows,
    interaction_options,
    interaction_rows,
    require,
)


@dataclass(frozen=True)
class TableSource:
    """An interaction file, and a user and an item file if there are any.

    Args:
        name: of the dataset.
        description: one sentence on where the data come from, printed with every result.
        root: the folder that file names start from.
        interactions: file of interactions, a row each.
        users: file of users' texts, or None.
        items: file of items' texts, or None.
        formats: of ``interactions``, ``users`` and ``items``; ``auto`` goes by the file's name.
        columns: which column of the interaction file holds what.
        user_columns: likewise of the user file.
        item_columns: likewise of the item file.
        timestamp_format: ``seconds`` or ``milliseconds`` since 1970, or a pattern such as ``%Y-%m-%d``.
        unreadable_values: whether a rating or time that is none is refused or counts as unknown.
    """

    name: str
    description: str
    root: str
    interactions: str
    users: str | None
    items: str | None
    formats: dict[str, str]
    columns: InteractionColumns
    user_columns: EntityColumns
    item_columns: EntityColumns
    timestamp_format: str = "seconds"
    unreadable_values: Literal["refuse", "unknown"] = "refuse"

    def tables(self, staging: Path) -> RawTables:
        if self.timestamp_format not in ("seconds", "milliseconds") and "%" not in self.timestamp_format:
            raise UserError(
                f"source.timestamp_format={self.timestamp_format}: valid are seconds, milliseconds, or a pattern such "
                "as '%Y-%m-%d %H:%M:%S'"
            )
        names = {"interactions": self.interactions, "users": self.users, "items": self.items}
        wanted = {
            "interactions": interaction_options(self.columns),
            "users": entity_options("source.user_columns", self.user_columns),
            "items": entity_options("source.item_columns", self.item_columns),
        }
        # All files are looked at before the first is read.
        paths = {kind: self._path(kind, name, wanted[kind]) for kind, name in names.items() if name is not None}
        raw = {kind: self._raw(kind, path, wanted[kind], staging) for kind, path in paths.items()}
        interactions = raw["interactions"]
        with reading(interactions.path, interactions.format):
            rows = interaction_rows(interactions.rows, self.columns, self.timestamp_format)
        return RawTables(
            replace(interactions, rows=rows),
            users=_entities(raw.get("users"), self.user_columns),
            items=_entities(raw.get("items"), self.item_columns),
            options={
                "columns": dict(self.columns),
                "user_columns": dict(self.user_columns) if self.users else {},
                "item_columns": dict(self.item_columns) if self.items else {},
                "timestamp_format": self.timestamp_format,
            },
            refuses_mistakes=self.unreadable_values == "refuse",
        )

    def _path(self, kind: str, name: str, wanted: Mapping[str, str]) -> Path:
        path = Path(self.root, name)
        if not path.is_file():
            raise MissingFilesError(f"source.{kind}: there is no file {path}")
        require(path, wanted, format_of(path, self.formats[kind]).columns(path), f"source.formats.{kind}")
        return path

    def _raw(self, kind: str, path: Path, wanted: Mapping[str, str], staging: Path) -> RawTable:
        file_format = format_of(path, self.formats[kind])
        place = staging / f"raw_{kind}"
        place.mkdir()
        columns = list(dict.fromkeys(wanted.values()))
        return RawTable(path, file_format, file_format.scan(path, columns, place))


def _entities(raw: RawTable | None, columns: EntityColumns) -> RawTable | None:
    if raw is None:
        return None
    with reading(raw.path, raw.format):
        return replace(raw, rows=entity_rows(raw.rows, columns))
