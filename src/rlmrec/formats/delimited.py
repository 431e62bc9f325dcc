"""Tables of delimited text, such as CSV and TSV."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import Reading, refuse_repeated, stage_text, values_at
from rlmrec.formats.lines import content, decoded_lines


class Delimited:
    """Text with a header line and one record after the other; values in double quotes may hold line ends.

    Python's own reader reads every value of every record, strictly: what it cannot make sense of is refused, and so
    is a record with more or fewer values than the header. Blanks around the names of columns are no part of them.

    Args:
        separator: between values; may be of several characters, which then cannot be quoted.
        reading: encoding, quoting and header.
    """

    def __init__(self, separator: str, reading: Reading | None = None) -> None:
        self.separator = separator
        self.reading = reading or Reading()

    def columns(self, path: Path) -> list[str]:
        _, first = next(self._records(self._lines(path)), (1, []))
        if not first:
            raise UserError(f"{path} is empty: its first line must name the columns, or set source.header=false")
        if self.reading.header:
            return [name.strip() for name in first]
        return [str(number) for number in range(1, len(first) + 1)]

    def read(self, path: Path) -> pl.DataFrame:
        """Return the whole of a table that fits into memory, as text.

        Raises:
            UserError: names file and line of what cannot be read.
        """
        names = self.columns(path)
        refuse_repeated(path, names, names)
        records = list(self._complete(path, len(names), progress=False))
        columns = zip(*records, strict=True) if records else ([] for _ in names)
        return pl.DataFrame(dict(zip(names, map(list, columns), strict=True)), schema=dict.fromkeys(names, pl.String))

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        names = self.columns(path)
        refuse_repeated(path, names, columns)
        picked = values_at([names.index(name) for name in columns])
        return stage_text(map(picked, self._complete(path, len(names))), columns, staging)

    def _complete(self, path: Path, width: int, progress: bool = True) -> Iterator[list[str]]:
        """Yield the records behind the header, each with a value for every column."""
        lines = self._lines(path, progress, width)
        records = self._records(lines)
        if self.reading.header:
            next(records)
        joined = None
        for number, (line, record) in enumerate(records, start=1):
            if len(record) != width:
                cut = "; the file may have been cut off" if len(record) < width else ""
                raise UserError(
                    f"{path} record {number} (line {line}) has {len(record)} values for {width} columns, beginning "
                    f"{record[0][:40]!r}{cut}"
                )
            if joined is None and lines.number > line:
                joined = f"{path} lines {line} to {lines.number}"
            yield record
        if joined and self.reading.quoting is None and width > 1 and lines.alike:
            raise UserError(
                f"{joined} are one record if its quotes hold a value together, yet every line of the file could be a "
                "record of its own: set source.quoting=false if quotes mean nothing in it, or else source.quoting=true"
            )

    def _lines(self, path: Path, progress: bool = False, width: int = 0) -> "_Lines":
        return _Lines(path, self.reading.encoding, progress, self.separator, width)

    def _records(self, lines: "_Lines") -> Iterator[tuple[int, list[str]]]:
        """Yield every record that is not blank, and the line in which it begins."""
        csv.field_size_limit(2**31 - 1)
        if len(self.separator) > 1:
            texts = (content(line, lines.path, lines.number) for line in lines)
            yield from ((lines.number, text.split(self.separator)) for text in texts if text.strip())
            return
        if self.reading.quoting is False:
            reader = csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE, strict=True)
        else:
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
        while True:
            start = lines.number + 1
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise UserError(f"{lines.path} line {start}: {_explained(error)}") from None
            if record is None:
                return
            if record:
                yield start, record


class _Lines:
    """The decoded lines of a file, with the number of the last one, and whether all would be records by themselves."""

    def __init__(self, path: Path, encoding: str, progress: bool, separator: str, width: int) -> None:
        self.path = path
        self.lines = decoded_lines(path, encoding, progress)
        self.number = 0
        self.alike = True
        self.separator, self.separators = separator, width - 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self.lines)
        if self.alike:
            self.alike = line.count(self.separator) == self.separators or line.isspace()
        return line


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "new-line character" in text:
        return "a carriage return stands inside of a value without quotes: save the file with line ends of one kind"
    if "unexpected end of data" in text:
        text = "a value that begins with a quote is never closed"
    return f"{text}; within quotes, a quote is written twice. If quotes mean nothing in this file: source.quoting=false"
