"""Atomic files of RecBole (Zhao et al., CIKM 2021)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage_text
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.values import readable

TYPES = ("token", "token_seq", "float", "float_seq")


class RecBole:
    """Tab-separated text whose header says ``name:type``; quotes have no meaning, sequences are separated by blanks."""

    def columns(self, path: Path) -> list[str]:
        return list(self._types(path))

    def _types(self, path: Path) -> dict[str, str]:
        _, header = next(decoded_lines(path, "utf-8"), (0, ""))
        if not header.strip():
            raise UserError(f"{path} is empty: its first line must name the columns")
        fields = header.rstrip("\r\n").split("\t")
        wrong = [field for field in fields if field.rpartition(":")[2] not in TYPES or ":" not in field]
        if wrong:
            raise UserError(f"{path}: the header must say name:type with a type of {', '.join(TYPES)}, not {wrong[0]}")
        return {name: kind for name, _, kind in (field.rpartition(":") for field in fields)}

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        types = self._types(path)
        names = list(types)
        wanted = [(names.index(name), types[name].endswith("_seq")) for name in columns]
        rows = ([_value(record[place], is_list) for place, is_list in wanted] for record in _records(path, len(types)))
        return stage_text(rows, columns, staging)


def _records(path: Path, width: int) -> Iterator[list[str]]:
    for number, line in decoded_lines(path, "utf-8", progress=True):
        if number == 1 or not line.strip("\r\n"):
            continue
        record = line.rstrip("\r\n").split("\t")
        if len(record) != width:
            raise UserError(f"{path} line {number} has {len(record)} values for {width} columns")
        yield record


def _value(text: str, is_list: bool) -> str | None:
    return readable(text.split(" ")) if is_list else text
