"""Tables in files of any known format, with columns that are recognised or named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats import Reading
from rlmrec.preparation.guards import reading
from rlmrec.preparation.sources.base import RawTable, RawTables
from rlmrec.preparation.sources.columns import (
    NULL_WORDS,
    PART,
    EntityColumns,
    InteractionColumns,
    entity_options,
    entity_rows,
    interaction_options,
    interaction_rows,
    require,
)
from rlmrec.preparation.sources.files import FoundFiles, find_files
from rlmrec.preparation.sources.notes import NO_TEXTS, taken
from rlmrec.preparation.sources.recognition import (
    AUTO,
    names_other_side,
    recognise_entities,
    recognise_interactions,
    without_texts,
)
from rlmrec.preparation.sources.texts import of_one_type
from rlmrec.preparation.sources.times import TimeFormat, recognise_times
from rlmrec.preparation.sources.whole_ids import with_whole_ids
from rlmrec.preparation.splits import NAMES

Files = str | Sequence[str]


@dataclass(frozen=True)
class TableSource:
    """Files of interactions and, optionally, of the texts of users and items.

    Args:
        name: name of the dataset.
        description: one sentence on the origin of the data, printed with every result.
        root: folder that file names are relative to.
        interactions: file of interactions, one record each; a list of files; ``glob:`` and a pattern; or a mapping of
            ``train``, ``val`` and ``test`` to such files, a split that ``split=given`` keeps.
        users: file of the users' texts, or None.
        items: file of the items' texts, or None.
        formats: formats of ``interactions``, ``users`` and ``items``; ``auto`` recognises one by the file's name and
            first lines.
        columns: columns of the interaction file by field; ``auto``, for one or all, selects by name.
        user_columns: columns of the user file.
        item_columns: columns of the item file.
        timestamp_format: ``seconds``, ``milliseconds``, ``microseconds`` or ``nanoseconds`` since 1970, a pattern such
            as ``%Y-%m-%d``, or ``auto``, which examines all times.
        unreadable_values: whether an unreadable rating, time or weight is refused or counts as unknown.
        encoding: Python's name of the text encoding.
        quoting: whether values of delimited text may be in double quotes; None refuses ambiguous files.
        header: whether the first line of delimited text names the columns; None detects it.
        null_words: words that represent a missing value in ids, ratings, times and weights.
    """

    name: str
    description: str
    root: str
    interactions: Files | dict[str, Files | None]
    users: Files | None
    items: Files | None
    formats: dict[str, str]
    columns: InteractionColumns | Literal["auto"]
    user_columns: EntityColumns | Literal["auto"]
    item_columns: EntityColumns | Literal["auto"]
    timestamp_format: str = "auto"
    unreadable_values: Literal["refuse", "unknown"] = "refuse"
    encoding: str = "utf-8"
    quoting: bool | None = None
    header: bool | None = None
    null_words: Sequence[str] = NULL_WORDS

    def tables(self, staging: Path) -> RawTables:
        files = self._files()  # all are located before the first is read
        columns = self._columns(files)
        wanted = {kind: _wanted(kind, chosen) for kind, chosen in columns.items()}
        for kind, part in files.items():
            for path in part.paths:
                require(path, wanted[kind], part.columns(path))
        scanned = {kind: self._scan(kind, part, wanted[kind], staging) for kind, part in files.items()}
        with reading("the raw files"):
            scanned = with_whole_ids(scanned, wanted, self.null_words)
        raw = {kind: _joined(files[kind].paths, tables) for kind, tables in scanned.items()}
        log, log_columns = raw["interactions"], columns["interactions"]
        times = self._times(log, log_columns)
        with reading(log.name):
            rows = interaction_rows(log.rows, log_columns, times, self.null_words)
        entities = {
            kind: RawTable(raw[kind].paths, entity_rows(raw[kind].rows, columns[kind], self.null_words))
            for kind in ("users", "items")
            if kind in raw
        }
        return RawTables(
            RawTable(log.paths, rows, log.files),
            users=entities.get("users"),
            items=entities.get("items"),
            options={
                "columns": dict(log_columns),
                "user_columns": dict(columns.get("users", {})),
                "item_columns": dict(columns.get("items", {})),
                "timestamp_format": times.name if times else None,
                "encoding": self.encoding,
            },
            notes=[
                taken(part.paths, part.first_columns, columns[kind], times if kind == "interactions" else None)
                + (NO_TEXTS if _holds_interactions(kind, files) else "")
                for kind, part in files.items()
            ],
            refuses_mistakes=self.unreadable_values == "refuse",
        )

    def _files(self) -> dict[str, FoundFiles]:
        reading = Reading(self.encoding, self.quoting, self.header)
        files = {}
        for kind, chosen in (("interactions", self.interactions), ("users", self.users), ("items", self.items)):
            found: list[tuple[Path, int | None]] = []
            for name, part, option in _choices(chosen, f"source.{kind}"):
                found += [(path, part) for path in find_files(self.root, name, option)]
            if found:
                paths, parts = zip(*found, strict=True)
                files[kind] = FoundFiles(paths, parts, self.formats[kind], reading)
        if "interactions" not in files:
            raise UserError(f"source.interactions={self.interactions}: name a file")
        return files

    def _columns(self, files: Mapping[str, FoundFiles]) -> dict[str, Any]:
        first, chosen = files["interactions"], _each(self.columns, InteractionColumns, "source.columns")
        found: dict[str, Any] = {"interactions": recognise_interactions(first.paths[0], first.first_columns, chosen)}
        for kind, chosen, key in (("users", self.user_columns, "user"), ("items", self.item_columns, "item")):
            if kind in files:
                part, own = files[kind], found["interactions"][key]
                wanted = _each(chosen, EntityColumns, f"source.{key}_columns")
                if _holds_interactions(kind, files):
                    wanted = without_texts(wanted)
                found[kind] = recognise_entities(kind, part.paths[0], part.first_columns, wanted, own)
        return found

    def _scan(self, kind: str, files: FoundFiles, wanted: Mapping[str, str], staging: Path) -> list[pl.LazyFrame]:
        columns, tables = list(dict.fromkeys(wanted.values())), []
        for number, (path, part) in enumerate(zip(files.paths, files.parts, strict=True)):
            place = staging / f"raw_{kind}_{number}"
            place.mkdir()
            with reading(str(path)):
                table = files.format(path).scan(path, columns, place)
            tables.append(table if part is None else table.with_columns(pl.lit(part, pl.Int8).alias(PART)))
        return tables

    def _times(self, log: RawTable, columns: InteractionColumns) -> TimeFormat | None:
        column = columns["timestamp"]
        if column is None:
            return None
        with reading(log.name):
            try:
                return recognise_times(log.rows, column, self.timestamp_format, self.null_words)
            except UserError as error:
                raise UserError(f"{log.name}: {error}") from None


def _joined(paths: tuple[Path, ...], tables: Sequence[pl.LazyFrame]) -> RawTable:
    tables = of_one_type(tables)
    return RawTable(paths, pl.concat(tables) if len(tables) > 1 else tables[0], tables)


def _holds_interactions(kind: str, files: Mapping[str, FoundFiles]) -> bool:
    """Return whether a file of users or items is actually a file of interactions."""
    if kind == "interactions":
        return False
    return files[kind].paths[0] in files["interactions"].paths or names_other_side(kind, files[kind].first_columns)


def _choices(chosen: Any, option: str) -> Iterator[tuple[Files, int | None, str]]:
    """Yield file names, their part of the split, and the option that names them."""
    if isinstance(chosen, Mapping):
        unknown = [name for name in chosen if name not in NAMES]
        if unknown:
            raise UserError(f"{option}.{unknown[0]}: the parts of a split are {', '.join(NAMES)}")
        yield from ((n, NAMES.index(part), f"{option}.{part}") for part, n in chosen.items() if n is not None)
    elif chosen is not None:
        yield chosen, None, option


def _each(chosen: Any, fields: type, option: str) -> Any:
    """Return the selection of every column, with a single ``auto`` applied to all.

    Raises:
        UserError: if the option is null.
    """
    if chosen is None:
        raise UserError(f"{option}=null: give columns, or auto")
    return dict.fromkeys(fields.__annotations__, AUTO) if chosen == AUTO else chosen


def _wanted(kind: str, columns: Any) -> dict[str, str]:
    return interaction_options(columns) if kind == "interactions" else entity_options(kind, columns)
