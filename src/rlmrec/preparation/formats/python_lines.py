"""Lines that each hold a Python dictionary as text, as old data sets of reviews do."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats.lines import read_lines

LINES_FOR_FIELDS = 10_000
LINES_AT_ONCE = 50_000


class PythonLines:
    """A literal dictionary a line (``ast.literal_eval``: nothing is executed); nested values become readable text."""

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for number, line in islice(read_lines(path), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(map(str, _parse(path, number, line)))
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        schema = dict.fromkeys(columns, pl.String)
        records = (_parse(path, number, line) for number, line in read_lines(path, progress=True))
        for part, batch in enumerate(_batches(records)):
            texts = {name: [_text(record.get(name)) for record in batch] for name in columns}
            pl.DataFrame(texts, schema=schema).write_parquet(staging / f"{part:06d}.parquet", compression="lz4")
        parts = sorted(staging.glob("*.parquet"))
        return pl.scan_parquet(parts) if parts else pl.LazyFrame(schema=schema)

    def explain(self, path: Path) -> str | None:
        return None


def _batches(records: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    while batch := list(islice(records, LINES_AT_ONCE)):
        yield batch


def _parse(path: Path, number: int, line: bytes) -> dict[str, object]:
    try:
        record = ast.literal_eval(line.decode().strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UserError(f"{path} line {number} is no Python dictionary: {reason}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path} line {number} is no Python dictionary but {type(record).__name__}")
    return record


def _text(value: object) -> str | None:
    """Readable text of a value: lists as ``a, b``, dictionaries as ``key: value, ...``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(part)}" for key, part in value.items())
    if isinstance(value, list | tuple | set):
        return ", ".join(text for text in map(_text, value) if text)
    return str(value)
