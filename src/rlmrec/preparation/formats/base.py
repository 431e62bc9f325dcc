"""What a format of raw files must offer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import polars as pl


class Format(Protocol):
    """A way to read tables from files, in bounded memory."""

    def columns(self, path: Path) -> list[str]:
        """Names of the columns or fields of a file.

        Raises:
            UserError: if the file's beginning is not in this format.
        """

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        """Some columns of a file, in the file's order, not yet read; text unless the format knows better.

        Args:
            path: the file.
            columns: which of its columns.
            staging: an empty folder for what has to be kept on disk meanwhile.

        Raises:
            UserError: names file and line of what cannot be read, where this is found out at once.
        """

    def explain(self, path: Path) -> str | None:
        """Where the file is damaged, as ``line 17: why``; None if nothing is found. Called when reading failed."""
