"""Atomic files of RecBole (Zhao et al., CIKM 2021)."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

import polars as pl
from polars import selectors

from rlmrec.common.errors import UserError
from rlmrec.formats.base import refuse_repeated, stage
from rlmrec.formats.lines import content, decoded_lines

TYPES = ("token", "token_seq", "float", "float_seq")


class RecBole:
    """Tab-separated text with the header ``name:type``; quotes have no meaning, and sequences become lists.

    Args:
        encoding: encoding of the text.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding

    def columns(self, path: Path) -> list[str]:
        return [name for name, _ in self._header(path)]

    def _header(self, path: Path) -> list[tuple[str, str]]:
        """Return the name and type of every column."""
        number, header = next(decoded_lines(path, self.encoding), (0, ""))
        if not header.strip():
            raise UserError(f"{path} is empty: its first line must name the columns")
        fields = [field.strip() for field in content(header, path, number).split("\t")]
        wrong = [field for field in fields if field.rpartition(":")[2] not in TYPES or ":" not in field]
        if wrong:
            raise UserError(f"{path}: the header must say name:type with a type of {', '.join(TYPES)}, not {wrong[0]}")
        return [(name, kind) for name, _, kind in (field.rpartition(":") for field in fields)]

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        header = self._header(path)
        names = [name for name, _ in header]
        refuse_repeated(path, names, columns)
        values = {name: itemgetter(names.index(name)) for name in columns}
        table = stage(self._records(path, len(names)), values, staging)
        sequences = [name for name, kind in header if name in columns and kind.endswith("_seq")]
        return table.with_columns(selectors.by_name(name).str.split(" ") for name in sequences)

    def _records(self, path: Path, width: int) -> Iterator[list[str]]:
        for number, line in decoded_lines(path, self.encoding, progress=True):
            text = content(line, path, number)
            if number == 1 or not text:
                continue
            record = text.split("\t")
            if len(record) != width:
                raise UserError(f"{path} line {number} has {len(record)} values for {width} columns")
            yield record
