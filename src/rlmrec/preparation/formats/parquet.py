"""Parquet files."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError, one_line


class Parquet:
    """Apache Parquet; columns keep their types."""

    def columns(self, path: Path) -> list[str]:
        try:
            return list(pl.read_parquet_schema(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UserError(f"{path} is no Parquet file: {one_line(error)}") from None

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        return pl.scan_parquet(path).select(columns)

    def explain(self, path: Path) -> str | None:
        return None
