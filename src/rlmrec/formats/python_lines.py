"""Lines that each hold a Python dictionary as text, as old data sets of reviews do."""

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import methodcaller
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.values import all_readable, whole_characters

LINES_FOR_FIELDS = 10_000


class PythonLines:
    """A literal dictionary a line (``ast.literal_eval``: nothing is executed); nested values become readable text.

    Args:
        encoding: of the text.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for record in islice(_records(path, self.encoding), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(record)
        if not fields:
            raise UserError(f"{path} is empty: it must hold a Python dictionary a line")
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        records = _records(path, self.encoding, progress=True)
        return stage(records, {name: methodcaller("get", name) for name in columns}, staging, all_readable)


def _records(path: Path, encoding: str, progress: bool = False) -> Iterator[dict[str, object]]:
    for number, line in decoded_lines(path, encoding, progress):
        if line.strip():
            yield _parse(path, number, line)


def _parse(path: Path, number: int, line: str) -> dict[str, object]:
    try:
        record = ast.literal_eval(line.strip())
        if "\\u" in line.lower():
            record = whole_characters(record)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UserError(f"{path} line {number} is no Python dictionary: {reason}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path} line {number} is no Python dictionary but {type(record).__name__}")
    return {str(name): value for name, value in record.items()}
