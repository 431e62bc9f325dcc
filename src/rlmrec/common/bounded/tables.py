"""Tables in files from untrusted sources, read only if their size is justified and their columns have known types."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.tables import scan_parquet

FREE_CELLS, FREE_BYTES = 10_000_000, 2**28
"""Cells and bytes of text allowed for any table."""
MAX_RATIO = 100
"""Cells, and bytes of text, allowed per byte of the file for larger tables."""
COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"x\x01", b"x^", b"x\x9c", b"x\xda")
"""First bytes of files that polars would decompress; text tables must be uncompressed."""

Kind = Literal["whole number", "number", "text", "truth value"]
Columns = Mapping[str, Kind]
"""Names of the required columns, with the kind of their values."""


@contextmanager
def refuse_unreadable(path: str | Path, problem: str = " is not a readable table") -> Iterator[None]:
    """Turn any error that polars raises for a damaged table into a ``UserError``.

    Args:
        path: path of the file.
        problem: description of the problem, placed before the reason.

    Raises:
        UserError: if the block raises anything.
    """
    try:
        yield
    except (Exception, pl.exceptions.PanicException) as error:  # a damaged file can make polars raise anything
        raise UserError(f"{path}{problem}: {one_line(error)}") from None


def read_table(path: Path, columns: Columns, others: Kind | None = None, distinct: Sequence[str] = ()) -> pl.DataFrame:
    """Return a Parquet or CSV file as a table, after checking its columns.

    Args:
        path: path of the file.
        columns: required columns, without missing values; whole numbers must not be negative.
        others: kind of all other columns; anything by default.
        distinct: columns without repeated values, except for empty texts.

    Raises:
        UserError: if the file is damaged, would need far more memory than its size, or has the wrong columns.
    """
    with refuse_unreadable(path, problem=""):
        table = load_table(path)
        for name, kind in (dict.fromkeys(table.columns, others) | dict(columns)).items():
            if kind is not None:
                _check_column(table, name, kind)
        for name in distinct:
            present = table[name].filter(table[name] != "") if columns[name] == "text" else table[name]
            if present.n_unique() < len(present):
                raise ValueError(f"the column {name} has repetitions")
    return table


def load_table(path: Path, wanted: Sequence[str] | None = None, infer_types: bool = True) -> pl.DataFrame:
    """Return a Parquet or CSV file as a table.

    Args:
        path: path of the file.
        wanted: columns to read if present; all by default.
        infer_types: whether to infer numeric columns of a CSV file.

    Raises:
        ValueError: if it would need far more memory than its size justifies.
        Exception: any error of polars for a damaged file.
    """
    if path.suffix == ".parquet":
        check_parquet(path)
        found = scan_parquet(path)
        names = found.collect_schema().names()
        table = found.select(names if wanted is None else [name for name in names if name in wanted]).collect()
    else:
        with path.open("rb") as file:
            if file.read(6).startswith(COMPRESSED):
                raise ValueError("it is compressed")
            file.seek(0)  # reuse the open file: a run may replace the one at this path meanwhile
            table = pl.read_csv(file, infer_schema=infer_types, infer_schema_length=None)
    _check_text(table, path)
    return table


def check_parquet(path: Path) -> None:
    """Check that a Parquet file does not claim more cells than its size justifies.

    Raises:
        ValueError: if it claims more; the message gives the number of rows.
        Exception: any error of polars for a damaged file.
    """
    found = scan_parquet(path)
    rows, columns = found.select(pl.len()).collect().item(), len(found.collect_schema())
    if rows * columns > max(FREE_CELLS, MAX_RATIO * path.stat().st_size):
        raise ValueError(f"it says to have {rows:,} rows, which a file of {path.stat().st_size:,} bytes cannot hold")


def _check_text(table: pl.DataFrame, path: Path) -> None:
    """Check that texts, which a file may store once for many rows, are not far larger than the file.

    Raises:
        ValueError: if they are; the message gives their size.
    """
    texts = table.select(pl.selectors.string().str.len_bytes().cast(pl.UInt64).sum())
    total = sum(size or 0 for size in texts.row(0)) if texts.width else 0
    if total > max(FREE_BYTES, MAX_RATIO * path.stat().st_size):
        raise ValueError(f"its texts would take {total:,} bytes, {total // path.stat().st_size} times its size")


def _check_column(table: pl.DataFrame, name: str, kind: str) -> None:
    """Check that a required column is present, of the right kind and without missing values.

    Raises:
        ValueError: if it is absent, of another type, or has missing or negative values.
    """
    if name not in table.columns:
        raise ValueError(f"it has no column {name}")
    column = table[name]
    fits = {
        "whole number": column.dtype.is_integer(),
        "number": column.dtype.is_numeric(),
        "text": column.dtype == pl.String,
        "truth value": column.dtype == pl.Boolean,
    }[kind]
    if not fits or column.null_count():
        raise ValueError(f"the column {name} must hold a {kind} in every row")
    if kind == "whole number" and len(column) and int(column.min()) < 0:  # type: ignore[arg-type]
        raise ValueError(f"the column {name} holds numbers below 0")
