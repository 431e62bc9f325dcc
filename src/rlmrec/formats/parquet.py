"""Parquet files."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from polars import selectors

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.tables import scan_parquet
from rlmrec.formats.values import readable


class Parquet:
    """Apache Parquet; columns keep their types, except that nested ones become readable text."""

    def columns(self, path: Path) -> list[str]:
        return list(self._schema(path))

    def _schema(self, path: Path) -> dict[str, pl.DataType]:
        try:
            with path.open("rb") as file:  # polars would interpret a path as a pattern
                return dict(pl.read_parquet_schema(file))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UserError(f"{path} is no Parquet file: {one_line(error)[:200]}") from None

    def scan(self, path: Path, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        schema = self._schema(path)
        table = scan_parquet(path).select(selectors.by_name(*columns))  # unlike pl.col, by_name does not expand "*"
        nested = [name for name in columns if schema[name].is_nested()]
        if not nested:
            return table
        arrays = [name for name in nested if isinstance(schema[name], pl.Array)]
        table = table.with_columns(selectors.by_name(name).arr.to_list() for name in arrays)
        return table.with_columns(
            selectors.by_name(name).map_elements(_text, return_dtype=pl.String, skip_nulls=True) for name in nested
        )


def _text(value: object) -> str | None:
    return readable(value.to_list() if isinstance(value, pl.Series) else value)
