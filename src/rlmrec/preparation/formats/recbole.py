"""Atomic files of RecBole (Zhao et al., CIKM 2021)."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats.lines import read_lines

TYPES = ("token", "token_seq", "float", "float_seq")


class RecBole:
    """Tab-separated text whose header says ``name:type``; quotes have no meaning, sequences are split by blanks."""

    def columns(self, path: Path) -> list[str]:
        _, header = next(read_lines(path), (0, b""))
        if not header:
            raise UserError(f"{path} is empty: its first line must name the columns")
        fields = header.decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t")
        wrong = [field for field in fields if field.rpartition(":")[2] not in TYPES or ":" not in field]
        if wrong:
            raise UserError(f"{path}: the header must say name:type with a type of {', '.join(TYPES)}, not {wrong[0]}")
        return [field.rpartition(":")[0] for field in fields]

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        names = self.columns(path)
        table = pl.scan_csv(path, separator="\t", quote_char=None, infer_schema=False, new_columns=names)
        return table.select(columns)

    def explain(self, path: Path) -> str | None:
        width = len(self.columns(path))
        for number, line in read_lines(path):
            if line.count(b"\t") >= width:
                return f"line {number}: {line.count(bytes([9])) + 1} values for {width} columns"
        return None
