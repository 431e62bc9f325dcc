"""Made-up tables whose names and values hold what readers of tables take for something else."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import polars as pl

PIECES = (
    *('"', '""', "'", ",", ";", "\t", "|", "::", ":", "\\", '\\"', "#", "\n", "\r", "\r\n", "\\n"),
    *("\x00", "\ufeff", "\x0b", "\x0c", "\x1a", "\x1c", "\x85", "\xa0", "\u2028", "\u2029", "\u200b"),
    *("[", "]", "{", "}", "*", "?", "<NA>", "NULL", "nan", "1.0", "007", "2020-01-01", "-", "=", "%", "$HOME"),
    *(" ", "  ", "a", "b", "é", "e\u0301", "ß", "中", "😀", "word", "x" * 300),
)
FILE_NAMES = ("plain", "r[1]", "r[a-z]*", "a?b", "with blank", "{a,b}", "ünï", "a'b", "#1", "$HOME", "a%20b", "..x")


class Table(NamedTuple):
    """Names of columns, and a value of each for every record."""

    names: list[str]
    records: list[list[Any]]

    def frame(self) -> pl.DataFrame:
        """Return it as a table of text."""
        return pl.DataFrame(self.records, schema=dict.fromkeys(self.names, pl.String), orient="row")


def text(random: Random, without: Sequence[str] = ()) -> str:
    """Return a text of a few pieces in which none of some characters is."""
    pieces = [piece for piece in PIECES if not any(part in piece for part in without)]
    return "".join(random.choices(pieces, k=random.randrange(5)))


def table(random: Random, without: Sequence[str] = (), absent: float = 0, columns: int = 1, records: int = 0) -> Table:
    """Return a table of up to five columns and nine records.

    Args:
        random: where it comes from.
        without: characters that are in none of the values.
        absent: share of values that are None.
        columns: the fewest.
        records: likewise.
    """
    names = {text(random, (*without, "\ufeff")).strip() or "user" for _ in range(random.randrange(5))}
    names |= {f"column {number}" for number in range(columns - len(names))} | set(random.choices(["*", "^.*$", "a"]))
    rows = range(random.randrange(records, 10))
    values = [[None if random.random() < absent else text(random, without) for _ in names] for _ in rows]
    return Table(sorted(names), values)


def delimited(content: Table, separator: str, quoting: Any = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    """Return a table as Python's own module writes it; without quoting, values joined by the separator."""
    lines = [content.names, *content.records]
    if quoting == csv.QUOTE_NONE:
        return "".join(separator.join(line) + end for line in lines)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(lines)
    return out.getvalue()


def json_lines(content: Table, ascii_only: bool) -> str:
    """Return a table with a JSON object a line; absent fields are null or left out in turn."""
    rows = [dict(zip(content.names, record, strict=True)) for record in content.records]
    rows = [{k: v for k, v in row.items() if v is not None or n % 2 == 0} for n, row in enumerate(rows)]
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)


def python_lines(content: Table) -> str:
    """Return a table with a Python dictionary a line."""
    return "".join(repr(dict(zip(content.names, record, strict=True))) + "\n" for record in content.records)


def write(path: Path, content: str, mark: bool = False) -> Path:
    """Write a text in UTF-8, compressed if the name says so, with a byte order mark if told."""
    encoded = (b"\xef\xbb\xbf" if mark else b"") + content.encode()
    path.write_bytes(gzip.compress(encoded, compresslevel=1) if path.suffix == ".gz" else encoded)
    return path
