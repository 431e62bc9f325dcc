"""The interface of a format of raw files, and what formats of text share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import polars as pl

from rlmrec.common.tables import scan_parquet

ROWS_AT_ONCE = 50_000
"""Records held at once while a file is read."""


@dataclass(frozen=True)
class Reading:
    """How files of text are read.

    Args:
        encoding: of the text, as Python names it; a byte order mark at the beginning of UTF-8 is not part of it.
        quoting: whether values may stand in double quotes.
        header: whether the first record names the columns, or None to look; without, they are called ``1``, ``2``, ...
    """

    encoding: str = "utf-8"
    quoting: bool = True
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


def stage_text(records: Iterable[Sequence[str | None]], columns: Sequence[str], staging: Path) -> pl.LazyFrame:
    """Write records of text to Parquet files, a part at a time, and return them as a table.

    Args:
        records: a value for each column.
        columns: names of the columns.
        staging: an empty folder.
    """
    schema = dict.fromkeys(columns, pl.String)
    for number, batch in enumerate(_batches(records)):
        values = dict(zip(columns, zip(*batch, strict=True), strict=True))
        table = pl.DataFrame({name: list(column) for name, column in values.items()}, schema=schema)
        table.write_parquet(staging / f"{number:06d}.parquet", compression="lz4")
    parts = sorted(staging.glob("*.parquet"))
    return scan_parquet(parts) if parts else pl.LazyFrame(schema=schema)


def _batches(records: Iterable[Sequence[str | None]]) -> Iterator[list[Sequence[str | None]]]:
    remaining = iter(records)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        yield batch
