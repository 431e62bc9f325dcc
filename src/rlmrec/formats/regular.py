"""Delimited text in which every quote stands where it has to, read many records at a time."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

QUOTE, RETURN, FEED = (ord(mark) for mark in '"\r\n')


class Regular(NamedTuple):
    """The records at the beginning of a text.

    Args:
        table: some columns of the records.
        size: bytes that the records take.
        lines: how many lines they are.
        joined: the first and the last line, from 1, of the first record of several lines, or None.
    """

    table: pl.DataFrame
    size: int
    lines: int
    joined: tuple[int, int] | None


def read_regular(data: bytes, separator: str, width: int, columns: Mapping[str, int], quoting: bool) -> Regular | None:
    """Return the whole records at the beginning of a text, or None unless all readers agree on them.

    They do if quotes stand around whole values and are doubled within, every record has a value for every column, and
    carriage returns outside of quotes stand at line ends. What is irregular may be well-formed still, or else has to
    be explained.

    Args:
        data: whole lines in UTF-8, of which the first begins a record.
        separator: an ASCII character between values.
        width: how many columns there are, at least two.
        columns: places of the columns to be returned, from 0, by name.
        quoting: whether quotes have a meaning.
    """
    if data.startswith(BOM_UTF8):  # polars would take it for no part of the first value
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
    taken = {name: f"column_{place}" for name, place in columns.items()}  # as polars calls them
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
    """Return whether a line feed follows the last value of every record, and no other; ``(records, columns)``."""
    return bool((borders[:, -1] == FEED).all() and (borders[:, :-1] != FEED).all())


def _is_quoted_whole(text: np.ndarray, quotes: np.ndarray, separator: str) -> bool:
    """Return whether each first quote of two begins a value and each second ends it, unless the two stand together."""
    opening, closing = quotes[::2], quotes[1::2]
    before = text[opening[1:] - 1] if len(opening) and opening[0] == 0 else text[opening - 1]
    after = text[closing + 1]
    return bool(
        np.isin(before, [ord(separator), FEED, QUOTE]).all()
        and np.isin(after, [ord(separator), FEED, RETURN, QUOTE]).all()
    )


def _joined(feeds: np.ndarray, within: np.ndarray) -> tuple[int, int] | None:
    """Return the first and the last line of the first record with a line feed in a value."""
    inner = np.flatnonzero(feeds & within)
    if not len(inner):
        return None
    first = int(inner[0])
    last = first + int(np.flatnonzero(feeds[first:] & ~within[first:])[0])
    return int(feeds[:first].sum()) + 1, int(feeds[: last + 1].sum())
