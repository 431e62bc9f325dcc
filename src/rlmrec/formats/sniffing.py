"""The separator and the header of delimited text, from its first lines."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rlmrec.formats.base import Reading
from rlmrec.formats.delimited import Delimited
from rlmrec.formats.lines import decoded_lines

LINES = 50
NAMES = frozenset({"user", "userid", "item", "itemid", "rating", "timestamp"})
"""Names of columns, without case, blanks, hyphens and underscores, that no record has for values."""


def separator_of(path: Path, encoding: str, separators: Iterable[str]) -> str:
    """Return the separator that divides the header, or else the first lines, into most columns.

    What stands in quotes does not count. Of separators that occur equally often in every line the longest is taken,
    so that ``::`` wins over ``:``; a file without any has one column, and a comma is as good as any.
    """
    lines = [_unquoted(line) for _, line in islice(decoded_lines(path, encoding), LINES)]
    lines = [line for line in lines if line.strip()]
    counts = {separator: [line.count(separator) for line in lines] for separator in separators}
    even = {s: found[0] for s, found in counts.items() if found and found[0] and len(set(found)) == 1}
    present = even or {s: found[0] for s, found in counts.items() if found and found[0]}
    return max(present, key=lambda separator: (present[separator], len(separator)), default=",")


def has_header(path: Path, separator: str, reading: Reading) -> bool:
    """Return whether the first record names columns: no name is a number, as some value of every log is."""
    first = Delimited(separator, replace(reading, header=True)).columns(path)
    return not any(map(_is_number, first)) or any(plain(name) in NAMES for name in first)


def plain(name: str) -> str:
    """Return the name of a column as it is compared: without case, blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]", "", name).lower()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unquoted(line: str) -> str:
    """Return what stands outside of quotes, or all of a line in which a quote is alone."""
    pieces = line.rstrip("\r\n").split('"')
    return "".join(pieces[::2]) if len(pieces) % 2 else line
