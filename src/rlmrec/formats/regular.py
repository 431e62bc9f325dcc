"""Fast reading of delimited text in which every quote is regular, in large blocks."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

QUOTE, RETURN, FEED = (ord(mark) for mark in '"\r\n')


class Regular(NamedTuple):
    """The records at the beginning of a text.

    Args:
        table: selected columns of the records.
        size: number of bytes of the records.
        lines: number of lines of the records.
        joined: first and last line, from 1, of the first multi-line record; None if there is none.
    """

    table: pl.DataFrame
    size: int
    lines: int
    joined: tuple[int, int] | None


def read_regular(data: bytes, separator: str, width: int, columns: Mapping[str, int], quoting: bool) -> Regular | None:
    """Return the complete records at the beginning of a text, or None unless it is regular.

    It is regular, so that all readers agree on it, if quotes enclose whole values and are doubled within, every record
    has a value for every column, and carriage returns outside of quotes only occur at line ends. Other text may still
    be well-formed, or contain errors, and is left to the strict reader.

    Args:
        data: whole lines in UTF-8, the first of which begins a record.
        separator: ASCII character that separates values.
        width: number of columns, at least two.
        columns: position from 0 of each column to return, by name.
        quoting: whether quotes have a meaning.
    """
    if data.startswith(BOM_UTF8):  # polars would strip it from the first value
        return None
    text = np.frombuffer(data, np.uint8)
    is_mark = np.zeros(256, dtype=bool)
    is_mark[[ord(separator), FEED, RETURN, *([QUOTE] if quoting else [])]] = True
    marks = np.flatnonzero(is_mark[text])
    kinds = text[marks]
    within = np.cumsum(kinds == QUOTE) % 2 == 1 if quoting else np.zeros(len(marks), dtype=bool)
    ends = np.flatnonzero((kinds == FEED) & ~within)
    if not len(ends):
        return None
    count, size = ends[-1] + 1, int(marks[ends[-1]]) + 1
    marks, kinds, within = marks[:count], kinds[:count], within[:count]
    outside = kinds[~within & (kinds != QUOTE) & (kinds != RETURN)]
    if len(outside) % width or not _is_a_rectangle(outside.reshape(-1, width)):
        return None
    returns = marks[(kinds == RETURN) & ~within]
    if (text[returns + 1] != FEED).any() or (quoting and not _is_quoted_whole(text, marks[kinds == QUOTE], separator)):
        return None
    taken = {name: f"column_{place}" for name, place in columns.items()}  # column names of polars
    table = pl.read_csv(
        data[:size],
        has_header=False,
        columns=list(taken.values()),
        separator=separator,
        quote_char='"' if quoting else None,
        infer_schema=False,
        empty_string_is_null=False,
    )
    if len(table) != len(outside) // width:
        return None
    feeds, chosen = kinds == FEED, table.select(**{name: pl.col(own) for name, own in taken.items()})
    return Regular(chosen, size, int(feeds.sum()), _joined(feeds, within))


def _is_a_rectangle(borders: np.ndarray) -> bool:
    """Return whether each record ``(records, columns)`` has its only line feed after the last value."""
    return bool((borders[:, -1] == FEED).all() and (borders[:, :-1] != FEED).all())


def _is_quoted_whole(text: np.ndarray, quotes: np.ndarray, separator: str) -> bool:
    """Return whether quotes alternately begin and end a value, except for doubled ones."""
    opening, closing = quotes[::2], quotes[1::2]
    before = text[opening[1:] - 1] if len(opening) and opening[0] == 0 else text[opening - 1]
    after = text[closing + 1]
    return bool(
        np.isin(before, [ord(separator), FEED, QUOTE]).all()
        and np.isin(after, [ord(separator), FEED, RETURN, QUOTE]).all()
    )


def _joined(feeds: np.ndarray, within: np.ndarray) -> tuple[int, int] | None:
    """Return the first and last line of the first record with a line feed within a value."""
    inner = np.flatnonzero(feeds & within)
    if not len(inner):
        return None
    first = int(inner[0])
    last = first + int(np.flatnonzero(feeds[first:] & ~within[first:])[0])
    return int(feeds[:first].sum()) + 1, int(feeds[: last + 1].sum())
