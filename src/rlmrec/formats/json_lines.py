"""JSON lines."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import fields_of, stage
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.values import all_readable, whole_characters

LINES_FOR_FIELDS = 10_000
BLANKS = " \t\r\n"
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape of half a character, of which two make a whole one."""


class JsonLines:
    """A JSON object a line; fields may be absent from some lines, and nested values become readable text.

    Args:
        encoding: of the text.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for record in islice(read_objects(path, self.encoding), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(record)
        if not fields:
            raise UserError(f"{path} is empty: it must hold a JSON object a line")
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        records = read_objects(path, self.encoding, progress=True)
        return stage(map(fields_of(columns), records), columns, staging, all_readable)


def read_objects(path: Path, encoding: str = "utf-8", progress: bool = False) -> Iterator[dict[str, object]]:
    """Yield the JSON object of every line that is not blank.

    Raises:
        UserError: names file and line of what is none.
    """
    for number, line in decoded_lines(path, encoding, progress):
        text = line.strip(BLANKS)
        if not text:
            continue
        if text.startswith("["):
            raise UserError(f"{path} line {number} begins an array: one object a line is needed")
        try:
            record, end = DECODER.raw_decode(text)
            if end < len(text):
                raise ValueError(f"another value follows at character {end + 1}")
            if "\\u" in text and HALF_CHARACTER.search(text):
                record = whole_characters(record)
        except (ValueError, RecursionError) as error:
            hint = "; source.formats says how else to read it" if number == 1 else ""
            raise UserError(f"{path} line {number} is no JSON: {_explained(error)}{hint}") from None
        if not isinstance(record, dict):
            raise UserError(f"{path} line {number} is no JSON object but {type(record).__name__}")
        yield record


def _explained(error: Exception) -> str:
    return f"{error.msg}, at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else str(error)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} is repeated")
    return record


DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)
"""Made once: to make one for every line takes longer than to read it."""
