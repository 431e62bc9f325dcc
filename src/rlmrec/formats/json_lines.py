"""JSON lines."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage_text
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.values import readable

LINES_FOR_FIELDS = 10_000


class JsonLines:
    """A JSON object a line; fields may be absent from some lines, and nested values become readable text."""

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for record in islice(read_objects(path), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(record)
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        records = read_objects(path, progress=True)
        return stage_text(([readable(record.get(name)) for name in columns] for record in records), columns, staging)


def read_objects(path: Path, progress: bool = False) -> Iterator[dict[str, object]]:
    """Yield the JSON object of every line that is not blank.

    Raises:
        UserError: names file and line of what is none.
    """
    for number, line in decoded_lines(path, "utf-8", progress):
        if not line.strip():
            continue
        if line.lstrip().startswith("["):
            raise UserError(f"{path} line {number} begins an array: one object a line is needed")
        try:
            record = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            hint = "; source.formats says how else to read it" if number == 1 else ""
            raise UserError(f"{path} line {number} is no JSON: {error}{hint}") from None
        if not isinstance(record, dict):
            raise UserError(f"{path} line {number} is no JSON object but {type(record).__name__}")
        yield record


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")
