"""Conversion of columns of any type to text."""

from collections.abc import Sequence

import polars as pl

from rlmrec.formats.values import readable


def is_inexact(column: str, kind: pl.DataType) -> pl.Expr:
    """Return where the floating-point numbers of a column are too large to distinguish adjacent integers."""
    return pl.col(column).abs() >= (2**24 if kind == pl.Float32 else 2**53)


def text_of(column: str, schema: pl.Schema) -> pl.Expr:
    """Return a column as text, stripped of surrounding whitespace.

    Whole numbers in a floating-point or decimal column are written without ``.0``; NaN becomes null, since other
    programs write it for missing values.

    Args:
        column: name of the column.
        schema: schema of the table.
    """
    values = pl.col(column)
    if schema[column].is_decimal():
        return values.cast(pl.String).str.replace(r"\.0+$", "")
    if not schema[column].is_float():
        return values.cast(pl.String).str.strip_chars()
    values = values.fill_nan(None)
    whole = values.cast(pl.Int64, strict=False)
    is_whole = whole.cast(pl.Float64) == values.cast(pl.Float64)
    return pl.when(is_whole).then(whole.cast(pl.String)).otherwise(values.cast(pl.String))


def without_lists(table: pl.LazyFrame, listed: Sequence[str] = ()) -> pl.LazyFrame:
    """Return a table in which lists of words are joined to text.

    Args:
        table: raw columns.
        listed: columns whose words are separate values, such as genres; the words of other columns form one text.
    """
    sequences = [name for name, kind in table.collect_schema().items() if isinstance(kind, pl.List)]
    return table.with_columns(
        pl.col(name).map_elements(lambda words: readable(words.to_list()), return_dtype=pl.String)
        if name in listed
        else pl.col(name).list.join(" ", ignore_nulls=True)
        for name in sequences
    )


def of_one_type(tables: Sequence[pl.LazyFrame]) -> list[pl.LazyFrame]:
    """Return tables with equal column types: differing ones become datetimes if all are times, otherwise text.

    An id that is an integer in one file and a floating-point number or text in another is thus the same in all.
    """
    schemas = [table.collect_schema() for table in tables]
    kinds = {name: {schema[name] for schema in schemas} for name in schemas[0]}
    differing = [name for name in kinds if len(kinds[name]) > 1]
    moments = [name for name in differing if all(kind in (pl.Date, pl.Datetime) for kind in kinds[name])]
    return [
        table.with_columns(
            pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone(None)
            if name in moments
            else _telling(name, schema)
            for name in differing
        )
        for table, schema in zip(tables, schemas, strict=True)
    ]


def _telling(column: str, schema: pl.Schema) -> pl.Expr:
    """Return a column as text; numbers that may have lost digits get an exponent and so are refused as ids."""
    text = text_of(column, schema)
    if not schema[column].is_float():
        return text
    digits = text.str.strip_chars_start("-")
    exponent = (digits.str.len_chars() - 1).cast(pl.String).str.zfill(2)
    sign = pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    written = pl.concat_str(sign, digits.str.head(1), pl.lit("."), digits.str.slice(1), pl.lit("e+"), exponent)
    return (
        pl.when(is_inexact(column, schema[column]) & digits.str.contains(r"^\d+$"))
        .then(written)
        .otherwise(text)
        .alias(column)
    )
