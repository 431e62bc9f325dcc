"""Formats of raw files, and which file name stands for which."""

from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats.base import Format
from rlmrec.preparation.formats.delimited import Delimited
from rlmrec.preparation.formats.json_lines import JsonLines
from rlmrec.preparation.formats.parquet import Parquet
from rlmrec.preparation.formats.python_lines import PythonLines
from rlmrec.preparation.formats.recbole import RecBole

FORMATS: dict[str, Format] = {
    "csv": Delimited(","),
    "tsv": Delimited("\t"),
    "ssv": Delimited(";"),
    "psv": Delimited("|"),
    "parquet": Parquet(),
    "jsonl": JsonLines(),
    "python": PythonLines(),
    "recbole": RecBole(),
}
SEPARATORS = {name: choice.separator for name, choice in FORMATS.items() if isinstance(choice, Delimited)}
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".inter": "recbole",
    ".item": "recbole",
    ".user": "recbole",
}


def format_of(path: Path, name: str = "auto") -> Format:
    """The format of a file, by its name unless it is given.

    Raises:
        UserError: if there is no such format, or the file's name does not tell.
    """
    if name == "auto":
        suffix = Path(path.stem if path.suffix == ".gz" else path.name).suffix
        if suffix not in SUFFIXES:
            raise UserError(
                f"{path}: the format cannot be told from the name; rename the file (known endings: "
                f"{', '.join(SUFFIXES)}, each also with .gz) or set source.formats to one of {', '.join(FORMATS)}"
            )
        name = SUFFIXES[suffix]
    if name not in FORMATS:
        raise UserError(f"source.formats: there is no format {name}; valid are auto, {', '.join(FORMATS)}")
    return FORMATS[name]


__all__ = ["FORMATS", "SEPARATORS", "Format", "format_of"]
