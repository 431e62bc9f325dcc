"""Tables of delimited text, such as CSV and TSV."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats.lines import read_lines


class Delimited:
    """Text with a header line and one record after the other; values in double quotes may hold line ends.

    Args:
        separator: between values.
    """

    def __init__(self, separator: str) -> None:
        self.separator = separator

    def columns(self, path: Path) -> list[str]:
        try:
            header = next(self._records(path), [])
        except csv.Error as error:
            raise UserError(f"{path} line 1: {error}") from None
        if not header:
            raise UserError(f"{path} is empty: its first line must name the columns")
        return header

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        # Values stay text: what looks like a number in the first lines need not be one further down.
        return pl.scan_csv(path, separator=self.separator, infer_schema=False).select(columns)

    def explain(self, path: Path) -> str | None:
        records = self._records(path, progress=True)
        header = next(records, [])
        number = 0
        try:
            for number, record in enumerate(records, start=1):
                if len(record) > len(header):
                    return f"record {number}: {len(record)} values for {len(header)} columns, beginning {record[0]!r}"
        except csv.Error as error:
            return f"record {number + 1}: {error}; within quotes, a quote is written twice"
        return None

    def _records(self, path: Path, progress: bool = False) -> Iterator[list[str]]:
        csv.field_size_limit(2**31 - 1)
        return csv.reader(_decoded(path, progress), delimiter=self.separator, strict=True)


def _decoded(path: Path, progress: bool) -> Iterator[str]:
    for number, line in read_lines(path, progress):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UserError(f"{path} line {number}: {error.reason}; save the file as UTF-8") from None
