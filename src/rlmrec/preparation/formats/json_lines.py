"""JSON lines."""

import json
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats.lines import read_lines

LINES_FOR_FIELDS = 10_000


class JsonLines:
    """A JSON object a line; fields may be absent from some lines, and nested values are read as JSON text."""

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for number, line in read_lines(path):
            fields |= dict.fromkeys(parse_object(path, number, line))
            if number >= LINES_FOR_FIELDS:
                break
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        return pl.scan_ndjson(path, schema=dict.fromkeys(columns, pl.String))

    def explain(self, path: Path) -> str | None:
        for number, line in read_lines(path, progress=True):
            parse_object(path, number, line)
        return None


def parse_object(path: Path, number: int, line: bytes) -> dict[str, object]:
    """The JSON object in a line.

    Raises:
        UserError: names file and line if there is none.
    """
    if line.startswith(BOM_UTF8):
        raise UserError(f"{path} begins with a byte order mark: save it as UTF-8 without one (BOM)")
    if line.lstrip().startswith(b"["):
        raise UserError(f"{path} line {number} begins an array: one object a line is needed")
    try:
        record = json.loads(line.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        hint = "; source.formats says how else to read it" if number == 1 else ""
        raise UserError(f"{path} line {number} is no JSON: {error}{hint}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path} line {number} is no JSON object but {type(record).__name__}")
    return record


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")
