"""Tables of delimited text, such as CSV and TSV."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import Reading, stage_text
from rlmrec.formats.lines import decoded_lines


class Delimited:
    """Text with a header line and one record after the other; values in double quotes may hold line ends.

    Python's own reader reads every value of every record, strictly: what it cannot make sense of is refused, and so
    is a record with more or fewer values than the header.

    Args:
        separator: between values; may be of several characters, which then cannot be quoted.
        reading: encoding, quoting and header.
    """

    def __init__(self, separator: str, reading: Reading | None = None) -> None:
        self.separator = separator
        self.reading = reading or Reading()

    def columns(self, path: Path) -> list[str]:
        _, first = next(self._records(path), (1, []))
        if not first:
            raise UserError(f"{path} is empty: its first line must name the columns, or set source.header=false")
        return first if self.reading.header else [str(number) for number in range(1, len(first) + 1)]

    def read(self, path: Path) -> pl.DataFrame:
        """Return the whole of a table that fits into memory, as text.

        Raises:
            UserError: names file and line of what cannot be read.
        """
        names = self.columns(path)
        _refuse_repeated(path, names, names)
        records = list(self._complete(path, len(names), progress=False))
        columns = zip(*records, strict=True) if records else ([] for _ in names)
        return pl.DataFrame(dict(zip(names, map(list, columns), strict=True)), schema=dict.fromkeys(names, pl.String))

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        names = self.columns(path)
        _refuse_repeated(path, names, columns)
        places = [names.index(name) for name in columns]
        records = self._complete(path, len(names))
        return stage_text(([record[place] for place in places] for record in records), columns, staging)

    def _complete(self, path: Path, width: int, progress: bool = True) -> Iterator[list[str]]:
        """Yield the records behind the header, each with a value for every column."""
        records = self._records(path, progress)
        if self.reading.header:
            next(records)
        for number, (line, record) in enumerate(records, start=1):
            if len(record) != width:
                cut = "; the file may have been cut off" if len(record) < width else ""
                raise UserError(
                    f"{path} record {number} (line {line}) has {len(record)} values for {width} columns, beginning "
                    f"{record[0][:40]!r}{cut}"
                )
            yield record

    def _records(self, path: Path, progress: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield every record that is not blank, and the line in which it begins."""
        csv.field_size_limit(2**31 - 1)
        lines = _Lines(path, self.reading.encoding, progress)
        if len(self.separator) > 1:
            yield from ((lines.number, line.rstrip("\r\n").split(self.separator)) for line in lines if line.strip())
            return
        if self.reading.quoting:
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
        else:
            reader = csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE, strict=True)
        start = 1
        while True:
            start = lines.number + 1
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise UserError(f"{path} line {start}: {_explained(error)}") from None
            if record is None:
                return
            if record:
                yield start, record


def _refuse_repeated(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    repeated = [name for name in wanted if names.count(name) > 1]
    if repeated:
        raise UserError(f"{path} has {names.count(repeated[0])} columns {repeated[0]!r}: rename all but one")


class _Lines:
    """The decoded lines of a file, with the number of the last one that was taken."""

    def __init__(self, path: Path, encoding: str, progress: bool) -> None:
        self.lines = decoded_lines(path, encoding, progress)
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self.lines)
        return line


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "new-line character" in text:
        return "a carriage return stands inside of a value without quotes: save the file with line ends of one kind"
    if "unexpected end of data" in text:
        text = "a value that begins with a quote is never closed"
    return f"{text}; within quotes, a quote is written twice. If quotes mean nothing in this file: source.quoting=false"
