"""The interface of a format of raw files, and what formats of text share."""

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
"""Records, and about how much text, in a part of a file that is read."""
FIRST_ROWS, PYTHON_ROWS = 1_000, 10_000
"""Records that are held at once as values of Python: so many before it is known how long they are, and at most."""


@dataclass(frozen=True)
class Reading:
    """Options of reading files of text.

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
    records: Iterable[Any],
    columns: Mapping[str, Callable[[Any], Any]],
    staging: Path,
    as_text: Callable[[list[Any]], list[str | None]] = list,
) -> pl.LazyFrame:
    """Write records to Parquet files, a part at a time, and return them as a table of text.

    Args:
        records: of any kind.
        columns: what takes the value of a column from a record, by the column's name.
        staging: an empty folder.
        as_text: what makes the values of a column text, unless they are.
    """
    return stage_tables(tables(records, columns, as_text), list(columns), staging)


def stage_tables(tables: Iterable[pl.DataFrame], columns: Sequence[str], staging: Path) -> pl.LazyFrame:
    """Write tables to Parquet files, each while the next is made, and return them as one.

    Args:
        tables: all with the columns.
        columns: names of the columns, of text.
        staging: an empty folder.
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
    """Yield records as tables of about as much text each; the arguments are those of ``stage``."""
    remaining, size = iter(records), FIRST_ROWS
    while batch := list(islice(remaining, size)):
        values = {name: as_text(list(map(value, batch))) for name, value in columns.items()}
        table = pl.DataFrame([pl.Series(name, column, pl.String) for name, column in values.items()])
        yield table
        size = min(PYTHON_ROWS, len(batch) * BYTES_AT_ONCE // (int(table.estimated_size()) + 1) + 1)


def _merged(tables: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield tables that follow one another as one, until there are enough rows or text for a part."""
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
    """Keep Python from looking again and again for cycles among millions of records, which form none."""
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
        UserError: names file and column.
    """
    counts = Counter(names)
    repeated = [name for name in wanted if counts[name] > 1]
    if repeated:
        raise UserError(f"{path} has {counts[repeated[0]]} columns {repeated[0]!r}: rename all but one")
