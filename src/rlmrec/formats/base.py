"""The interface of a format of raw files, and what formats of text share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.tables import scan_parquet

ROWS_AT_ONCE, BYTES_AT_ONCE = 50_000, 2**25
"""Records, and about how much text, that are held at once while a file is read."""
FIRST_ROWS = 1_000
"""Records that are read before it is known how long they are."""


@dataclass(frozen=True)
class Reading:
    """How files of text are read.

    Args:
        encoding: of the text, as Python names it; a byte order mark at the beginning of UTF-8 is not part of it.
        quoting: whether values may stand in double quotes; None is yes, but refuses a file in which quotes join lines
            that all look like records of their own.
        header: whether the first record names the columns, or None to look; without, they are called ``1``, ``2``, ...
    """

    encoding: str = "utf-8"
    quoting: bool | None = True
    header: bool | None = True


class Format(Protocol):
    """A way to read tables from files, in bounded memory: a file is read whole or refused."""

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns or fields of a file.

        Raises:
            UserError: if the beginning of the file is not in this format.
        """

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        """Return some columns of a file, in the file's order; text unless the format knows types.

        Args:
            path: the file.
            columns: which of its columns.
            staging: an empty folder for records of text, which are kept there as Parquet files.

        Raises:
            UserError: names file and line of what cannot be read.
        """


def stage(
    records: Iterable[Sequence[Any]],
    columns: Sequence[str],
    staging: Path,
    as_text: Callable[[list[Any]], list[str | None]] = list,
) -> pl.LazyFrame:
    """Write records to Parquet files, a part at a time, and return them as a table of text.

    Args:
        records: a value for each column.
        columns: names of the columns.
        staging: an empty folder.
        as_text: what makes the values of a column text, unless they are.
    """
    schema = dict.fromkeys(columns, pl.String)
    parts: list[Path] = []
    remaining, size = iter(records), FIRST_ROWS
    while batch := list(islice(remaining, size)):
        values = {name: as_text([record[place] for record in batch]) for place, name in enumerate(columns)}
        table = pl.DataFrame(values, schema=schema)
        parts.append(staging / f"{len(parts):06d}.parquet")
        table.write_parquet(parts[-1], compression="lz4", statistics=False)
        size = min(ROWS_AT_ONCE, len(batch) * BYTES_AT_ONCE // (int(table.estimated_size()) + 1) + 1)
    return scan_parquet(parts) if parts else pl.LazyFrame(schema=schema)


def values_at(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function that takes the values at some places of a record."""
    first, *others = places
    return itemgetter(first, *others) if others else lambda record: (record[first],)


def fields_of(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that takes the values of some fields of a record, None where it lacks one."""
    return lambda record: tuple(map(record.get, names))


def refuse_repeated(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse a file in which several columns have the name of a wanted one.

    Raises:
        UserError: names file and column.
    """
    repeated = [name for name in wanted if names.count(name) > 1]
    if repeated:
        raise UserError(f"{path} has {names.count(repeated[0])} columns {repeated[0]!r}: rename all but one")
