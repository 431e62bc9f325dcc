"""Formats of raw files and their recognition; a file is read completely or refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.formats.adjacency import Adjacency
from rlmrec.formats.base import Format, Reading
from rlmrec.formats.delimited import Delimited
from rlmrec.formats.json_lines import JsonLines
from rlmrec.formats.lines import is_gzipped, refuse_no_text
from rlmrec.formats.parquet import Parquet
from rlmrec.formats.python_lines import PythonLines
from rlmrec.formats.recbole import RecBole
from rlmrec.formats.sniffing import has_header, separator_of

SEPARATORS = {"csv": ",", "tsv": "\t", "ssv": ";", "psv": "|", "double_colon": "::"}
OTHERS: dict[str, Callable[[str], Format]] = {
    "parquet": lambda _: Parquet(),
    "jsonl": JsonLines,
    "python": PythonLines,
    "recbole": RecBole,
    "adjacency": Adjacency,
}
"""Formats other than delimited text, each constructed from an encoding."""
NAMES = (*SEPARATORS, *OTHERS)
SUFFIXES = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".inter": "recbole",
    ".item": "recbole",
    ".user": "recbole",
}
DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
"""Suffixes of delimited text, whose separator is detected from the content."""


def format_of(path: Path, name: str = "auto", reading: Reading | None = None) -> Format:
    """Return the format of a file, recognised by its name and, for delimited text, its first lines.

    Args:
        path: path of the file.
        name: name of the format, or ``auto``.
        reading: encoding, quoting and header; a header of None is detected.

    Raises:
        UserError: if there is no such format, or the file's format is not recognised.
    """
    reading = reading or Reading()
    if name == "auto":
        suffix = Path(path.stem if is_gzipped(path) else path.name).suffix.lower()
        if suffix in SUFFIXES:
            return OTHERS[SUFFIXES[suffix]](reading.encoding)
        if suffix not in DELIMITED:
            refuse_no_text(path)
            raise UserError(
                f"{path}: its name does not tell the format; rename it (known endings: "
                f"{', '.join([*DELIMITED, *SUFFIXES])}, each also with .gz) or set source.formats to one of "
                f"{', '.join(NAMES)}"
            )
        return _delimited(path, separator_of(path, reading.encoding, SEPARATORS.values()), reading)
    if name in SEPARATORS:
        return _delimited(path, SEPARATORS[name], reading)
    if name not in OTHERS:
        raise UserError(f"source.formats: there is no format {name}; valid are auto, {', '.join(NAMES)}")
    return OTHERS[name](reading.encoding)


def _delimited(path: Path, separator: str, reading: Reading) -> Delimited:
    if reading.header is None:
        reading = replace(reading, header=has_header(path, separator, reading))
    return Delimited(separator, reading)


__all__ = ["NAMES", "SEPARATORS", "Delimited", "Format", "Reading", "format_of"]
