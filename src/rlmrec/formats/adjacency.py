"""Adjacency lists, the format of the splits published with LightGCN and its successors."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage
from rlmrec.formats.lines import decoded_lines

COLUMNS = ["user", "item"]


class Adjacency:
    """A line for each user: the user, then the items, separated by whitespace; a user alone has no items.

    The format is used by LightGCN (He et al., SIGIR 2020), NGCF, SimGCL and others.

    Args:
        encoding: encoding of the text.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding

    def columns(self, path: Path) -> list[str]:
        return COLUMNS

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        values = {name: itemgetter(COLUMNS.index(name)) for name in columns}
        return stage(_pairs(path, self.encoding), values, staging)


def _pairs(path: Path, encoding: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for number, line in decoded_lines(path, encoding, progress=True):
        user, *items = line.split() or [""]
        if not user:
            continue
        if user in seen:
            where = f"{path} line {number}"
            raise UserError(f"{where} repeats user {user[:40]} of line {seen[user]}: is it an adjacency list?")
        seen[user] = number
        yield from ((user, item) for item in items)
