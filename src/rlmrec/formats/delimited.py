"""Tables of delimited text, such as CSV and TSV."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import Reading, refuse_repeated, stage_tables, tables
from rlmrec.formats.lines import content, lines_of, text_blocks, text_lines
from rlmrec.formats.regular import read_regular

LINES_FOR_BLANKS = 1000
"""Number of lines at the beginning of a file that are checked for blanks before quotes."""
LONGEST = 2**27
"""Limit on the characters of a value; a longer one has an opening quote without a closing one."""


@dataclass
class _Read:
    """The state of reading a file: number of lines and records, and the lines of the first multi-line record."""

    lines: int = 0
    records: int = 0
    joined: tuple[int, int] | None = None


class Delimited:
    """Delimited text with an optional header; values in double quotes may contain line ends.

    The result is that of Python's strict ``csv`` reader: malformed text is refused, and so is a record with more or
    fewer values than the header. Whitespace around column names is stripped.

    Args:
        separator: separator of values; if longer than one character, values cannot be quoted.
        reading: encoding, quoting and header.
    """

    def __init__(self, separator: str, reading: Reading | None = None) -> None:
        self.separator = separator
        self.reading = reading or Reading()

    def columns(self, path: Path) -> list[str]:
        *_, first = next(self._records(path, text_lines(path, self.reading.encoding)), (1, 1, []))
        if not first:
            raise UserError(f"{path} is empty: its first line must name the columns, or set source.header=false")
        if self.reading.header:
            return [name.strip() for name in first]
        return [str(number) for number in range(1, len(first) + 1)]

    def read(self, path: Path) -> pl.DataFrame:
        """Return a whole table that fits into memory, as text.

        Raises:
            UserError: if something cannot be read; names the file and line.
        """
        names = self.columns(path)
        refuse_repeated(path, names, names)
        records = list(self._complete(path, len(names), text_lines(path, self.reading.encoding), _Read()))
        columns = zip(*records, strict=True) if records else ([] for _ in names)
        return pl.DataFrame(dict(zip(names, map(list, columns), strict=True)), schema=dict.fromkeys(names, pl.String))

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        names = self.columns(path)
        refuse_repeated(path, names, columns)
        places = {name: names.index(name) for name in columns}
        return stage_tables(self._tables(path, len(names), places), columns, staging)

    def _tables(self, path: Path, width: int, columns: Mapping[str, int]) -> Iterator[pl.DataFrame]:
        """Yield the records after the header: in blocks as long as the text is regular, then one by one."""
        blocks = text_blocks(path, self.reading.encoding, progress=True)
        so_far, rest, quoting = _Read(), "", self.reading.quoting is not False
        for block in blocks:
            rest += block
            data = rest.encode()
            regular = width > 1 and len(self.separator) == 1
            found = read_regular(data, self.separator, width, columns, quoting) if regular else None
            if found is None:
                break
            table = found.table[1:] if self.reading.header and not so_far.lines else found.table
            if found.joined and not so_far.joined:
                so_far.joined = (so_far.lines + found.joined[0], so_far.lines + found.joined[1])
            so_far.lines += found.lines
            so_far.records += len(table)
            rest = data[found.size :].decode()
            yield table
        records = self._complete(path, width, lines_of(chain([rest], blocks)), so_far)
        yield from tables(records, {name: itemgetter(place) for name, place in columns.items()})

    def _complete(self, path: Path, width: int, lines: Iterator[str], so_far: "_Read") -> Iterator[list[str]]:
        """Yield the remaining records, without the header, and check that each has a value for every column."""
        records, joined = self._records(path, lines, so_far.lines), so_far.joined
        if self.reading.header and not so_far.lines:
            next(records)
        for number, (start, end, record) in enumerate(records, start=so_far.records + 1):
            if len(record) != width:
                cut = "; the file may have been cut off" if len(record) < width else ""
                raise UserError(
                    f"{path} record {number} (line {start}) has {len(record)} values for {width} columns, beginning "
                    f"{record[0][:40]!r}{cut}"
                )
            if end > start:
                joined = joined or (start, end)
            yield record
        if joined and self.reading.quoting is None and width > 1 and self._is_a_record_every_line(path, width):
            raise UserError(
                f"{path} lines {joined[0]} to {joined[1]} are one record if its quotes hold a value together, yet "
                "every line of the file could be a record of its own: set source.quoting=false if quotes mean nothing "
                "in it, or else source.quoting=true"
            )

    def _is_a_record_every_line(self, path: Path, width: int) -> bool:
        lines = text_lines(path, self.reading.encoding)
        return all(line.count(self.separator) == width - 1 or line.isspace() for line in lines)

    def _records(self, path: Path, lines: Iterator[str], end: int = 0) -> Iterator[tuple[int, int, list[str]]]:
        """Yield the first and last line of every non-blank record, and its values.

        Args:
            path: path of the file.
            lines: remaining lines of the file.
            end: number of lines before them.
        """
        if len(self.separator) > 1:
            for number, line in enumerate(lines, start=end + 1):
                text = content(line, path, number)
                if text.strip():
                    yield number, number, text.split(self.separator)
            return
        csv.field_size_limit(LONGEST)
        quoting = csv.QUOTE_NONE if self.reading.quoting is False else csv.QUOTE_MINIMAL
        reader = csv.reader(lines, delimiter=self.separator, quoting=quoting, strict=True)  # type: ignore[arg-type]
        before = end
        try:
            for record in reader:
                start, end = end + 1, before + reader.line_num
                if quoting == csv.QUOTE_MINIMAL and end <= LINES_FOR_BLANKS:
                    _refuse_blank_before_quote(path, start, record)
                if record:
                    yield start, end, record
        except csv.Error as error:
            raise UserError(f"{path} line {end + 1}: {_explained(error)}") from None


def _refuse_blank_before_quote(path: Path, line: int, record: list[str]) -> None:
    """Refuse a value that is quoted only for readers that skip blanks after separators."""
    for value in record:
        if value[:1] == " " and (text := value.strip())[:1] == text[-1:] == '"' != text:
            raise UserError(
                f"{path} line {line}: a blank stands before the quotes of {text[:40]}, which are then a part of the "
                "value: remove blanks behind separators, or set source.quoting=false if quotes mean nothing"
            )


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "new-line character" in text:
        return "a carriage return stands inside of a value without quotes: save the file with line ends of one kind"
    if "unexpected end of data" in text or "field larger" in text:
        text = "a value that begins with a quote is never closed"
    return f"{text}; within quotes, a quote is written twice. If quotes mean nothing in this file: source.quoting=false"
