"""JSON lines."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.formats.lines import text_blocks
from rlmrec.formats.object_lines import ObjectLines
from rlmrec.formats.values import whole_characters

BLANKS = " \t\r\n"
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of a UTF-16 surrogate, two of which encode one character."""


class JsonLines(ObjectLines):
    """One JSON object per line."""

    what = "a JSON object"

    def objects(self, path: Path, progress: bool = False) -> Iterator[dict[str, object]]:
        return read_objects(path, self.encoding, progress)


def read_objects(path: Path, encoding: str = "utf-8", progress: bool = False) -> Iterator[dict[str, object]]:
    """Yield the JSON object of every non-blank line.

    Raises:
        UserError: if a line is not a JSON object; names the file and line.
    """
    number = 1
    for block in text_blocks(path, encoding, progress):
        lines = block.removesuffix("\n").split("\n")
        texts = [line.strip(BLANKS) for line in lines]
        yield from _all_sound(block, list(filter(None, texts))) or _each(path, number, texts)
        number += len(lines)


def _all_sound(block: str, texts: Sequence[str]) -> list[dict[str, object]] | None:
    """Return the objects of many lines; None if a line is invalid and has to be reported."""
    try:
        found = list(map(DECODER.raw_decode, texts))
        records = [record for record, _ in found]
        if "\\u" in block and HALF_CHARACTER.search(block):
            records = list(map(_mended, records, texts))
    except (ValueError, RecursionError):
        return None
    ends = [end for _, end in found]
    return records if ends == list(map(len, texts)) and set(map(type, records)) <= {dict} else None


def _each(path: Path, first: int, texts: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield the objects of lines one by one, up to the first invalid line."""
    for number, text in enumerate(texts, start=first):
        if not text:
            continue
        if text.startswith("["):
            raise UserError(f"{path} line {number} begins an array: one object a line is needed")
        try:
            record, end = DECODER.raw_decode(text)
            if end < len(text):
                raise ValueError(f"another value follows at character {end + 1}")
            record = _mended(record, text)
        except (ValueError, RecursionError) as error:
            hint = "; source.formats says how else to read it" if number == 1 else ""
            raise UserError(f"{path} line {number} is no JSON: {_explained(error)}{hint}") from None
        if not isinstance(record, dict):
            raise UserError(f"{path} line {number} is no JSON object but {type(record).__name__}")
        yield record


def _mended(record: Any, text: str) -> Any:
    """Return a value with the surrogate pairs escaped in the text joined."""
    return whole_characters(record) if "\\u" in text and HALF_CHARACTER.search(text) else record


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
"""Shared decoder: constructing one per line takes longer than decoding."""
