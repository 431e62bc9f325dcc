"""Reader of vectors in tables (Parquet, JSON lines, CSV, ...), in one column or one column per dimension."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.tables import scan_parquet
from rlmrec.formats.parquet import Parquet
from rlmrec.imports.tables import AUTO, Table, find, ids_of, shown
from rlmrec.imports.vectors.base import VECTOR_NAMES, Asked, Block, VectorFile, require_table, rows_at_once
from rlmrec.preparation.guards import reading

BYTES_OF_A_NUMBER = 32
"""Estimated bytes of a number as text while it is read."""
NUMBERED = re.compile(r"(.*?)(\d+)")
ROW_NUMBERS = re.compile(r"|Unnamed: \d+|__index_level_\d+__|index")
"""Names that pandas gives to a column of row numbers."""
NUMBER = r"[^\s,;|\[\]()]+"
"""Pattern of a number between the separators of a list."""
GAP = r"[,;|]\s*[,;|]|^[\s\[(]*[,;]"
"""Pattern of a missing number between separators."""


def read(path: Path, asked: Asked) -> VectorFile:
    """Open a table of vectors, with ids if requested.

    Raises:
        UserError: if a column or record is wrong; names it and the file.
    """
    table = Table(path, asked.kind, asked.id_names, asked.format_name, asked.text)
    own = None if asked.id is None else table.id_column(asked.id)
    scanned, columns = _scan(table, asked, own)
    with reading(str(path)):
        first = scanned.head(1).collect()
    if first.is_empty():
        raise UserError(f"{path} holds no rows")
    width = _vectors(path, first, columns, 0).shape[1]
    require_table(path, "", (1, width), numbers=True)

    def blocks() -> Iterator[Block]:
        start = 0
        for part in table.blocks(scanned, rows_at_once(width * BYTES_OF_A_NUMBER)):
            vectors = _vectors(path, part, columns, start, width)
            yield [] if own is None else ids_of(part[own]), vectors
            start += len(part)

    return VectorFile(path, width, own is not None, blocks)


def _scan(table: Table, asked: Asked, own: str | None) -> tuple[pl.LazyFrame, list[str]]:
    """Return the required columns, and the names of the columns of vectors."""
    if isinstance(table.format(), Parquet):
        found = table.columns()
        with reading(str(table.path)):
            everything = scan_parquet(table.path)
            lists = [name for name, kind in everything.collect_schema().items() if kind.is_nested()]
        columns = _vector_columns(table, asked, own, found, lists)
        return everything.select([*columns, *([own] if own else [])]), columns
    columns = _vector_columns(table, asked, own, table.columns(), [])
    return table.scan([*columns, *([own] if own else [])], asked.staging), columns


def _vector_columns(
    table: Table, asked: Asked, own: str | None, found: Sequence[str], lists: Sequence[str]
) -> list[str]:
    """Return the column of vectors, or the columns of the dimensions in their order."""
    rest = [name for name in found if name != own]
    if asked.vector != AUTO and asked.vector not in rest:
        matching = [name for name in rest if fnmatchcase(name, asked.vector)]
        if matching:
            return _in_order(matching)
    elif asked.vector == AUTO and len(lists) == 1:
        return list(lists)
    elif asked.vector == AUTO and not lists and not any(name in VECTOR_NAMES for name in rest):
        return _dimensions(table, rest, asked.option("vector"))
    return [find(table.path, rest, asked.vector, VECTOR_NAMES, asked.option("vector"), "vectors")]


def _dimensions(table: Table, rest: Sequence[str], option: str) -> list[str]:
    """Return the columns of a file with one per dimension, in the order of their numbers.

    Raises:
        UserError: if the names are not clearly those of dimensions: a common prefix and a number, or numbers alone.
    """
    named = [name for name in rest if not ROW_NUMBERS.fullmatch(name)]
    prefixes = {match[1] if (match := NUMBERED.fullmatch(name)) else None for name in named}
    if not named or (len(named) > 1 and (len(prefixes) > 1 or None in prefixes)):
        raise UserError(
            f"{table.path} has the columns {shown(rest)}, not all of which are called like dimensions: set "
            f"{option}=... to the column of vectors, or to a pattern such as 'dim_*'"
        )
    return _in_order(named)


def _in_order(names: Sequence[str]) -> list[str]:
    """Return names sorted by their trailing numbers if all have one; otherwise, the names unchanged."""
    numbers = [int(match[2]) for name in names if (match := NUMBERED.fullmatch(name))]
    if len(numbers) < len(names):
        return [*names]
    return [name for _, name in sorted(zip(numbers, names, strict=True), key=itemgetter(0))]


def _vectors(
    path: Path, part: pl.DataFrame, columns: Sequence[str], start: int, width: int | None = None
) -> np.ndarray:
    """Return the vectors of some records, ``(n, T)`` float64; missing numbers are NaN.

    Args:
        path: path of the file, for messages.
        part: the records.
        columns: columns of the vectors.
        start: number of the first record, from 0.
        width: required width of the vectors; that of the first record by default.
    """
    if len(columns) > 1 or part[columns[0]].dtype.is_numeric():
        return np.column_stack([_numbers(path, part[name]) for name in columns])
    lists = part[columns[0]]
    if lists.dtype == pl.String:
        _refuse_decimal_commas(path, lists)
        _refuse_gaps(path, lists, start)
        lists = lists.str.extract_all(NUMBER)
    elif lists.dtype.is_nested() and not isinstance(lists.dtype, pl.Struct):
        lists = lists.cast(pl.List(lists.dtype.inner))  # type: ignore[attr-defined]
    else:
        raise UserError(f"{path}: the column {columns[0]} holds {lists.dtype}, and not lists of numbers")
    lengths = lists.list.len().fill_null(0).to_numpy()
    expected = int(lengths[0]) if width is None else width
    wrong = np.flatnonzero(lengths != expected)
    if len(wrong) or not expected:
        place, found = (int(wrong[0]), int(lengths[wrong[0]])) if len(wrong) else (0, 0)
        raise UserError(
            f"{path} record {start + place + 1} holds {found} numbers where {expected or 'some'} are expected"
        )
    return _numbers(path, lists.explode()).reshape(len(part), expected)


def _refuse_gaps(path: Path, lists: pl.Series, start: int) -> None:
    gaps = lists.str.contains(GAP).fill_null(False).arg_true()
    if len(gaps):
        raise UserError(f"{path} record {start + gaps[0] + 1} lacks a number: {lists[gaps[0]][:40]!r}")


def _refuse_decimal_commas(path: Path, lists: pl.Series) -> None:
    commas = lists.filter(lists.str.contains(r"\d,\d") & lists.str.contains(r"\d[\s;|]+[-+\d]"))
    if len(commas):
        raise UserError(
            f"{path}: the numbers of {commas[0][:40]!r} in the column {lists.name} have commas and are separated by "
            "something else: write them with decimal points"
        )


def _numbers(path: Path, values: pl.Series) -> np.ndarray:
    """Return the values of a column as numbers, ``(n,)`` float64."""
    numbers = (
        values.cast(pl.Float64, strict=False) if values.dtype in (pl.String,) or values.dtype.is_numeric() else None
    )
    if numbers is None:
        raise UserError(f"{path}: the column {values.name} holds {values.dtype}, and no numbers")
    wrong = values.filter(numbers.is_null() & values.is_not_null())
    if len(wrong):
        raise UserError(
            f"{path}: {str(wrong[0])[:40]!r} in the column {values.name} is no number; user_columns and item_columns "
            "say which columns hold what"
        )
    return numbers.to_numpy()
