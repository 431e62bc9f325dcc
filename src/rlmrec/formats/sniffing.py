"""Detection of the separator and the header of delimited text from its first lines."""

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
"""Names that indicate a header, in the form of ``plain``, since no record has them as values."""


def separator_of(path: Path, encoding: str, separators: Iterable[str]) -> str:
    """Return the separator that divides the first lines into the most columns.

    Text in quotes is ignored. Separators that occur equally often in every line take precedence; otherwise, the first
    line decides. Among equal counts the longest wins, so that ``::`` wins over ``:``. A file without any separator has
    one column, for which a comma serves.
    """
    lines = [_unquoted(line) for _, line in islice(decoded_lines(path, encoding), LINES)]
    lines = [line for line in lines if line.strip()]
    counts = {separator: [line.count(separator) for line in lines] for separator in separators}
    even = {s: found[0] for s, found in counts.items() if found and found[0] and len(set(found)) == 1}
    present = even or {s: found[0] for s, found in counts.items() if found and found[0]}
    return max(present, key=lambda separator: (present[separator], len(separator)), default=",")


def has_header(path: Path, separator: str, reading: Reading) -> bool:
    """Return whether the first record names the columns: it has no number, unlike the records of every log."""
    first = Delimited(separator, replace(reading, header=True)).columns(path)
    return not any(map(_is_number, first)) or any(plain(name) in NAMES for name in first)


def plain(name: str) -> str:
    """Return a column name in the form used for comparison: lower case, without blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]", "", name).lower()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unquoted(line: str) -> str:
    """Return the text outside of quotes, or the whole line if a quote is unpaired."""
    pieces = line.rstrip("\r\n").split('"')
    return "".join(pieces[::2]) if len(pieces) % 2 else line
