"""From columns of raw files to those that everything else works with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.formats import SEPARATORS

LATEST = 2**33
"""Seconds since 1970 in the year 2242: what is above must be another unit."""


class InteractionColumns(TypedDict):
    """Which column of the interaction file holds what; null where there is none."""

    user: str
    item: str
    rating: str | None
    timestamp: str | None
    review: str | None


class EntityColumns(TypedDict):
    """Which columns of a user or item file hold what.

    ``metadata`` columns are joined into one text, such as ``author: ...; release date: ...``.
    """

    id: str
    title: str | None
    metadata: list[str]


def interaction_options(columns: InteractionColumns) -> dict[str, str]:
    """Chosen column by the option that chooses it."""
    return {f"source.columns.{field}": str(column) for field, column in columns.items() if column}


def entity_options(group: str, columns: EntityColumns) -> dict[str, str]:
    """Chosen column by the option that chooses it."""
    title = {f"{group}.title": columns["title"]} if columns["title"] else {}
    metadata = {f"{group}.metadata[{place}]": column for place, column in enumerate(columns["metadata"])}
    return {f"{group}.id": columns["id"], **title, **metadata}


def require(path: Path, wanted: Mapping[str, str], found: Sequence[str], format_option: str) -> None:
    """See to it that a file has the columns that the options name.

    Args:
        path: of the file.
        wanted: column by option.
        found: the file's columns.
        format_option: which option says how to read the file.

    Raises:
        UserError: names the file, its columns, and the options to change.
    """
    if not found:
        raise UserError(f"{path} is empty")
    absent = [f"{column} ({option})" for option, column in wanted.items() if column not in found]
    others = [name for name, separator in SEPARATORS.items() if separator in found[0]] if len(found) == 1 else []
    if absent and others:
        raise UserError(
            f"{path} seems to have one column only, {found[0]!r}; if {SEPARATORS[others[0]]!r} separates the columns, "
            f"set {format_option}={others[0]}"
        )
    if absent:
        raise UserError(
            f"{path} has no column {', '.join(absent)}; it has {', '.join(found)}: set the option to one of these, or "
            "to null if it may be left out"
        )


def interaction_rows(table: pl.LazyFrame, columns: InteractionColumns, timestamp_format: str) -> pl.LazyFrame:
    """The columns of ``INTERACTIONS``; a value that is no number or time is told in ``mistake``."""
    schema = table.collect_schema()
    rating, timestamp = columns["rating"], columns["timestamp"]
    ratings = _number(rating) if rating else pl.lit(None, pl.Float64)
    times = _seconds(timestamp, schema[timestamp], timestamp_format) if timestamp else pl.lit(None, pl.Int64)
    mistakes = []
    if rating:
        mistakes.append(_mistake(rating, ratings.is_finite(), "is no number"))
    if timestamp:
        says = f"is no time in {timestamp_format}: set source.timestamp_format, such as '%Y-%m-%d'"
        mistakes.append(_mistake(timestamp, times.is_not_null(), says))
        if timestamp_format == "seconds":
            says = "looks like milliseconds: set source.timestamp_format=milliseconds"
            mistakes.append(_mistake(timestamp, times <= LATEST, says))
            times = pl.when(times <= LATEST).then(times)
    review = columns["review"]
    return table.select(
        _name(columns["user"]).alias("user"),
        _name(columns["item"]).alias("item"),
        ratings.cast(pl.Float32).alias("rating"),
        times.alias("timestamp"),
        (_text(review).fill_null("") if review else pl.lit("")).alias("review"),
        pl.coalesce(*mistakes, pl.lit(None, pl.String)).alias("mistake"),
    )


def entity_rows(table: pl.LazyFrame, columns: EntityColumns) -> pl.LazyFrame:
    """The columns of ``ENTITIES``; what is empty leaves no trace in the metadata."""
    schema = table.collect_schema()
    pieces = [_piece(column, schema[column]) for column in columns["metadata"]]
    metadata = pl.concat_str(pieces, separator="; ", ignore_nulls=True) if pieces else pl.lit("")
    title = columns["title"]
    return table.select(
        _name(columns["id"]).alias("external_id"),
        (_text(title).fill_null("") if title else pl.lit("")).alias("title"),
        metadata.alias("metadata"),
    )


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars()


def _name(column: str) -> pl.Expr:
    text = _text(column)
    return pl.when(text != "").then(text)


def _words(values: pl.Expr, kind: "pl.DataType | pl.datatypes.DataTypeClass") -> pl.Expr:
    """Text of values; that of lists as ``a, b``."""
    if isinstance(kind, pl.Array):
        values, kind = values.arr.to_list(), pl.List(kind.inner)
    if isinstance(kind, pl.List):
        return values.list.eval(_words(pl.element(), kind.inner)).list.join(", ", ignore_nulls=True)
    return values.cast(pl.String).str.strip_chars()


def _piece(column: str, kind: "pl.DataType | pl.datatypes.DataTypeClass") -> pl.Expr:
    """``column: text`` in one line; lists and objects of JSON lose their brackets and quotes."""
    text = _words(pl.col(column), kind)
    nested = text.str.contains(r"^[\[{]")
    plain = pl.when(nested).then(text.str.replace_all(r'[\[\]{}"]', "")).otherwise(text)
    plain = plain.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(plain != "").then(pl.format("{}: {}", pl.lit(column.replace("_", " ")), plain))


def _number(column: str) -> pl.Expr:
    return _text(column).cast(pl.Float64, strict=False)


def _seconds(column: str, kind: pl.DataType, timestamp_format: str) -> pl.Expr:
    if kind.is_temporal():
        return pl.col(column).cast(pl.Datetime("us")).dt.epoch("s")
    if "%" in timestamp_format:
        return _text(column).str.to_datetime(timestamp_format, strict=False).dt.epoch("s")
    numbers = _number(column)
    return (numbers / 1000 if timestamp_format == "milliseconds" else numbers).floor().cast(pl.Int64, strict=False)


def _mistake(column: str, is_right: pl.Expr, says: str) -> pl.Expr:
    """What is wrong with a value; null where it is right or there is none."""
    text = _text(column)
    wrong = text.is_not_null() & (text != "") & ~is_right.fill_null(False)
    return pl.when(wrong).then(pl.format("{} '{}' {}", pl.lit(column), text, pl.lit(says)))
