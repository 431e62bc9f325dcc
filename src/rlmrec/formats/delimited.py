"""Tables of delimited text, such as CSV and TSV."""

import csv
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import Reading, refuse_repeated, stage
from rlmrec.formats.lines import content, decoded_lines, text_lines

LONGEST = 2**27
"""Characters of the longest value: what is longer begins with a quote that is never closed."""


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
        *_, first = next(self._records(path), (1, 1, []))
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
        values = {name: itemgetter(names.index(name)) for name in columns}
        return stage(self._complete(path, len(names)), values, staging)

    def _complete(self, path: Path, width: int, progress: bool = True) -> Iterator[list[str]]:
        """Yield the records behind the header, each with a value for every column."""
        records = self._records(path, progress)
        if self.reading.header:
            next(records)
        joined = None
        for number, (start, end, record) in enumerate(records, start=1):
            if len(record) != width:
                cut = "; the file may have been cut off" if len(record) < width else ""
                raise UserError(
                    f"{path} record {number} (line {start}) has {len(record)} values for {width} columns, beginning "
                    f"{record[0][:40]!r}{cut}"
                )
            if end > start:
                joined = joined or f"{path} lines {start} to {end}"
            yield record
        if joined and self.reading.quoting is None and width > 1 and self._is_a_record_every_line(path, width):
            raise UserError(
                f"{joined} are one record if its quotes hold a value together, yet every line of the file could be a "
                "record of its own: set source.quoting=false if quotes mean nothing in it, or else source.quoting=true"
            )

    def _is_a_record_every_line(self, path: Path, width: int) -> bool:
        lines = text_lines(path, self.reading.encoding)
        return all(line.count(self.separator) == width - 1 or line.isspace() for line in lines)

    def _records(self, path: Path, progress: bool = False) -> Iterator[tuple[int, int, list[str]]]:
        """Yield the first and the last line of every record that is not blank, and its values."""
        if len(self.separator) > 1:
            for number, line in decoded_lines(path, self.reading.encoding, progress):
                text = content(line, path, number)
                if text.strip():
                    yield number, number, text.split(self.separator)
            return
        csv.field_size_limit(LONGEST)
        quoting = csv.QUOTE_NONE if self.reading.quoting is False else csv.QUOTE_MINIMAL
        lines = text_lines(path, self.reading.encoding, progress)
        reader = csv.reader(lines, delimiter=self.separator, quoting=quoting, strict=True)  # type: ignore[arg-type]
        end = 0
        try:
            for record in reader:
                start, end = end + 1, reader.line_num
                if record:
                    yield start, end, record
        except csv.Error as error:
            raise UserError(f"{path} line {end + 1}: {_explained(error)}") from None


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "new-line character" in text:
        return "a carriage return stands inside of a value without quotes: save the file with line ends of one kind"
    if "unexpected end of data" in text or "field larger" in text:
        text = "a value that begins with a quote is never closed"
    return f"{text}; within quotes, a quote is written twice. If quotes mean nothing in this file: source.quoting=false"
