"""Lines that each hold a Python dictionary as text, as old data sets of reviews do."""

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage_text
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.values import readable

LINES_FOR_FIELDS = 10_000


class PythonLines:
    """A literal dictionary a line (``ast.literal_eval``: nothing is executed); nested values become readable text."""

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for record in islice(_records(path), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(map(str, record))
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        records = _records(path, progress=True)
        return stage_text(([readable(record.get(name)) for name in columns] for record in records), columns, staging)


def _records(path: Path, progress: bool = False) -> Iterator[dict[object, object]]:
    for number, line in decoded_lines(path, "utf-8", progress):
        if line.strip():
            yield _parse(path, number, line)


def _parse(path: Path, number: int, line: str) -> dict[object, object]:
    try:
        record = ast.literal_eval(line.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UserError(f"{path} line {number} is no Python dictionary: {reason}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path} line {number} is no Python dictionary but {type(record).__name__}")
    return record
