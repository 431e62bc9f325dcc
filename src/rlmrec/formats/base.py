"""The interface of formats of raw files, and shared functions of text formats."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.tables import scan_parquet

ROWS_AT_ONCE, BYTES_AT_ONCE = 50_000, 2**25
"""Limits on the records and the approximate bytes of text in one part of a file."""
FIRST_ROWS, PYTHON_ROWS = 1_000, 10_000
"""Number of records first held as Python objects, while their size is unknown, and its upper limit."""


@dataclass(frozen=True)
class Reading:
    """Options for reading text files.

    Args:
        encoding: Python's name of the text encoding; a byte order mark at the beginning of UTF-8 is skipped.
        quoting: whether values may be in double quotes; None means yes, but refuses a file in which quotes join lines
            that could all be records of their own.
        header: whether the first record names the columns; None detects it. Columns without names are called ``1``,
            ``2``, ...
    """

    encoding: str = "utf-8"
    quoting: bool | None = True
    header: bool | None = True


class Format(Protocol):
    """A reader of tables from files in bounded memory; a file is read completely or refused."""

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns or fields of a file.

        Raises:
            UserError: if the beginning of the file is not in this format.
        """

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        """Return some columns of a file, in the order of its records; as text unless the format has types.

        Args:
            path: path of the file.
            columns: names of the columns to return.
            staging: empty folder in which text records are staged as Parquet files.

        Raises:
            UserError: if something cannot be read; names the file and line.
        """


def stage(
    records: Iterable[Any],
    columns: Mapping[str, Callable[[Any], Any]],
    staging: Path,
    as_text: Callable[[list[Any]], list[str | None]] = list,
) -> pl.LazyFrame:
    """Write records to Parquet files, in parts, and return them as a table of text.

    Args:
        records: records of any type.
        columns: function that extracts the value from a record, for each column name.
        staging: empty folder for the Parquet files.
        as_text: function that converts the values of a column to text; values are unchanged by default.
    """
    return stage_tables(tables(records, columns, as_text), list(columns), staging)


def stage_tables(tables: Iterable[pl.DataFrame], columns: Sequence[str], staging: Path) -> pl.LazyFrame:
    """Write tables to Parquet files, each in parallel with the preparation of the next, and return them as one.

    Args:
        tables: tables with the given columns.
        columns: names of the text columns.
        staging: empty folder for the Parquet files.
    """
    parts: list[Path] = []
    with ThreadPoolExecutor(1) as writer, _collection_paused():
        written: Future[None] | None = None
        for table in _merged(tables):
            if written:
                written.result()
            parts.append(staging / f"{len(parts):06d}.parquet")
            written = writer.submit(table.write_parquet, parts[-1], compression="lz4", statistics=False)
        if written:
            written.result()
    return scan_parquet(parts) if parts else pl.LazyFrame(schema=dict.fromkeys(columns, pl.String))


def tables(
    records: Iterable[Any],
    columns: Mapping[str, Callable[[Any], Any]],
    as_text: Callable[[list[Any]], list[str | None]] = list,
) -> Iterator[pl.DataFrame]:
    """Yield records as tables with about the same amount of text; the arguments are those of ``stage``."""
    remaining, size = iter(records), FIRST_ROWS
    while batch := list(islice(remaining, size)):
        values = {name: as_text(list(map(value, batch))) for name, value in columns.items()}
        table = pl.DataFrame([pl.Series(name, column, pl.String) for name, column in values.items()])
        yield table
        size = min(PYTHON_ROWS, len(batch) * BYTES_AT_ONCE // (int(table.estimated_size()) + 1) + 1)


def _merged(tables: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield concatenated tables, each with enough rows or text for a part."""
    held: list[pl.DataFrame] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= ROWS_AT_ONCE or sum(int(part.estimated_size()) for part in held) >= BYTES_AT_ONCE:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause garbage collection, which would repeatedly scan millions of records that form no cycles."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def refuse_repeated(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse a file in which several columns have the name of a wanted one.

    Raises:
        UserError: if there are such columns; names the file and column.
    """
    counts = Counter(names)
    repeated = [name for name in wanted if counts[name] > 1]
    if repeated:
        raise UserError(f"{path} has {counts[repeated[0]]} columns {repeated[0]!r}: rename all but one")
