"""The base class of text formats with an object of named fields on every line."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import methodcaller
from pathlib import Path
from typing import ClassVar

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.formats.base import stage
from rlmrec.formats.values import all_readable

LINES_FOR_FIELDS = 10_000


class ObjectLines(ABC):
    """One object per line; fields may be absent from some lines, and nested values become readable text.

    Args:
        encoding: encoding of the text.
    """

    what: ClassVar[str]
    """Description of an object of the format, for messages."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding

    @abstractmethod
    def objects(self, path: Path, progress: bool = False) -> Iterator[dict[str, object]]:
        """Yield the object of every non-blank line.

        Raises:
            UserError: if a line is not an object; names the file and line.
        """

    def columns(self, path: Path) -> list[str]:
        fields: dict[str, None] = {}
        for record in islice(self.objects(path), LINES_FOR_FIELDS):
            fields |= dict.fromkeys(record)
        if not fields:
            raise UserError(f"{path} is empty: it must hold {self.what} a line")
        return list(fields)

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        records = self.objects(path, progress=True)
        try:
            return stage(records, {name: methodcaller("get", name) for name in columns}, staging, all_readable)
        except RecursionError:
            raise UserError(f"{path}: a value is nested too deeply to be read as text: leave its field out") from None
