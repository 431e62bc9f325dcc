"""Parquet files by their exact names: polars by itself takes ``[``, ``*`` and ``?`` in a name for patterns."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl


def scan_parquet(path: Path | Sequence[Path]) -> pl.LazyFrame:
    """Return a file, or several whose rows follow one another, not yet read."""
    return pl.scan_parquet(path if isinstance(path, Path) else list(path), glob=False)


def read_parquet(path: Path) -> pl.DataFrame:
    """Return the table in a file."""
    return pl.read_parquet(path, glob=False)
