"""Tables in files of any known format, with a mapping of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from rlmrec.errors import MissingFilesError, UserError
from rlmrec.preparation.formats import format_of
from rlmrec.preparation.sources.base import RawTable, RawTables
from rlmrec.preparation.sources.columns import (
    EntityColumns,
    InteractionColumns,
    entity_rows,
    interaction_rows,
    metadata_columns,
    require,
)


class Formats(TypedDict):
    """Format of each file: ``auto`` goes by the file's name."""

    interactions: str
    users: str
    items: str


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
        formats: how to read each.
        columns: which column of the interaction file holds what.
        user_columns: likewise of the user file.
        item_columns: likewise of the item file.
        timestamp_format: ``seconds`` or ``milliseconds`` since 1970, or a pattern such as ``%Y-%m-%d``.
    """

    name: str
    description: str
    root: str
    interactions: str
    users: str | None
    items: str | None
    formats: Formats
    columns: InteractionColumns
    user_columns: EntityColumns
    item_columns: EntityColumns
    timestamp_format: str = "seconds"

    def tables(self, staging: Path) -> RawTables:
        if self.timestamp_format not in ("seconds", "milliseconds") and "%" not in self.timestamp_format:
            raise UserError(
                f"source.timestamp_format={self.timestamp_format}: valid are seconds, milliseconds, or a pattern such "
                "as '%Y-%m-%d %H:%M:%S'"
            )
        # All files are looked at before the first is read.
        paths = {kind: self._path(kind) for kind in ("interactions", "users", "items")}
        return RawTables(
            self._interactions(paths["interactions"], staging),
            self._entities("users", self.user_columns, paths["users"], staging),
            self._entities("items", self.item_columns, paths["items"], staging),
            options={
                "columns": dict(self.columns),
                "user_columns": dict(self.user_columns) if self.users else {},
                "item_columns": dict(self.item_columns) if self.items else {},
                "timestamp_format": self.timestamp_format,
            },
        )

    def _path(self, kind: str) -> Path | None:
        name = getattr(self, kind)
        if name is None:
            return None
        path = Path(self.root, name)
        if not path.is_file():
            raise MissingFilesError(f"source.{kind}: there is no file {path}")
        wanted = self._wanted(kind)
        require(path, wanted, format_of(path, self.formats[kind]).columns(path))
        return path

    def _wanted(self, kind: str) -> dict[str, str]:
        """Column by option, for one of the files."""
        if kind == "interactions":
            return {f"source.columns.{field}": column for field, column in self.columns.items() if column}
        group = f"{kind.removesuffix('s')}_columns"
        columns: EntityColumns = getattr(self, group)
        wanted = {f"source.{group}.{field}": columns[field] for field in ("id", "title") if columns[field]}
        return wanted | {f"source.{group}.metadata, {label}": name for label, name in metadata_columns(columns).items()}

    def _interactions(self, path: Path | None, staging: Path) -> RawTable:
        assert path is not None
        raw = self._raw("interactions", path, staging)
        return RawTable(path, raw.format, interaction_rows(raw.rows, self.columns, self.timestamp_format))

    def _entities(self, kind: str, columns: EntityColumns, path: Path | None, staging: Path) -> RawTable | None:
        if path is None:
            return None
        raw = self._raw(kind, path, staging)
        return RawTable(path, raw.format, entity_rows(raw.rows, columns))

    def _raw(self, kind: str, path: Path, staging: Path) -> RawTable:
        file_format = format_of(path, self.formats[kind])
        place = staging / f"raw_{kind}"
        place.mkdir()
        columns = list(dict.fromkeys(self._wanted(kind).values()))
        return RawTable(path, file_format, file_format.scan(path, columns, place))
