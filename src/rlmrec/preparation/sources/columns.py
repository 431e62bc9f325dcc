"""From columns of raw files to those that everything else works with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.sources.times import TimeFormat

NULL_WORDS = ("", "NULL", "null", "\\N", "NaN", "nan")
"""Words that stand for no value in ids, ratings, times and weights."""


PART = "\0part"
"""Column beside the raw ones that tells training, validation and test; no file can have one of this name."""


class InteractionColumns(TypedDict):
    """Which column of the interaction file holds what; ``auto`` goes by its name, null where there is none."""

    user: str | None
    item: str | None
    rating: str | None
    timestamp: str | None
    review: str | None
    weight: NotRequired[str | None]


class EntityColumns(TypedDict):
    """Which columns of a user or item file hold what; ``auto`` goes by their names.

    ``metadata`` columns are joined into one text, such as ``author: ...; release date: ...``.
    """

    id: str
    title: str | None
    metadata: list[str] | str
    profile: NotRequired[str | None]


def interaction_options(columns: InteractionColumns) -> dict[str, str]:
    """Return the chosen columns by the option that chooses them."""
    return {f"source.columns.{field}": str(column) for field, column in columns.items() if column}


def entity_options(group: str, columns: EntityColumns) -> dict[str, str]:
    """Return the chosen columns by the option that chooses them."""
    single = {f"{group}.{field}": str(columns.get(field)) for field in ("id", "title", "profile") if columns.get(field)}
    return single | {f"{group}.metadata[{place}]": column for place, column in enumerate(columns["metadata"])}


def require(path: Path, wanted: Mapping[str, str], found: Sequence[str]) -> None:
    """Check that a file has the columns that the options name.

    Args:
        path: of the file.
        wanted: column by option.
        found: the file's columns.

    Raises:
        UserError: names the file, its columns, and the options to change.
    """
    absent = [f"{column} ({option})" for option, column in wanted.items() if column not in found]
    if absent:
        raise UserError(
            f"{path} has no column {', '.join(absent)}; it has {', '.join(found)}: set the option to one of these, or "
            "to null if it may be left out"
        )


def interaction_rows(
    table: pl.LazyFrame, columns: InteractionColumns, times: TimeFormat | None, null_words: Sequence[str] = NULL_WORDS
) -> pl.LazyFrame:
    """Return the columns of ``INTERACTIONS``; a value that is no number or time is told in ``mistake``.

    Args:
        table: the raw columns.
        columns: which of them holds what.
        times: how times are read, if there are any.
        null_words: words that stand for no value.
    """
    schema = table.collect_schema()

    def number(field: str) -> pl.Expr:
        column = columns.get(field)
        return _number(str(column)) if column else pl.lit(None, pl.Float64)

    rating, weight, timestamp = number("rating"), number("weight"), columns["timestamp"]
    moments = times.microseconds(timestamp) if timestamp and times else pl.lit(None, pl.Int64)
    told = {field: str(columns.get(field)) for field in ("rating", "weight") if columns.get(field)}
    wrong = {field: _is_wrong(told[field], number(field), null_words) for field in told}
    says = dict.fromkeys(told, "is no number")
    if timestamp and times:
        wrong["timestamp"], told["timestamp"] = _is_wrong(timestamp, moments, null_words), timestamp
        says["timestamp"] = f"is no time in {times.name}: source.timestamp_format says how times are read"
    mistakes = [_mistake(told[field], wrong[field], says[field]) for field in wrong]
    unreadable = {f"unreadable_{field}": wrong.get(field, pl.lit(False)) for field in ("rating", "timestamp", "weight")}
    review = columns["review"]
    return table.select(
        _name(str(columns["user"]), schema, null_words).alias("user"),
        _name(str(columns["item"]), schema, null_words).alias("item"),
        rating.cast(pl.Float32).alias("rating"),
        moments.alias("timestamp"),
        (_text(review).fill_null("") if review else pl.lit("")).alias("review"),
        weight.cast(pl.Float32).alias("weight"),
        (pl.col(PART) if PART in schema else pl.lit(None)).cast(pl.Int8).alias("part"),
        pl.coalesce(*mistakes, pl.lit(None, pl.String)).alias("mistake"),
        **unreadable,
    )


def entity_rows(table: pl.LazyFrame, columns: EntityColumns, null_words: Sequence[str] = NULL_WORDS) -> pl.LazyFrame:
    """Return the columns of ``ENTITIES``; an empty value leaves no trace in the metadata."""
    schema = table.collect_schema()
    pieces = [_piece(column) for column in columns["metadata"]]
    metadata = pl.concat_str(pieces, separator="; ", ignore_nulls=True) if pieces else pl.lit("")
    texts = {"title": columns["title"], "profile": columns.get("profile")}
    return table.select(
        _name(columns["id"], schema, null_words).alias("external_id"),
        metadata.alias("metadata"),
        **{field: _text(column).fill_null("") if column else pl.lit("") for field, column in texts.items()},
    ).select("external_id", "title", "metadata", "profile")


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars()


def _name(column: str, schema: pl.Schema, null_words: Sequence[str]) -> pl.Expr:
    """Return external ids: whole numbers of a floating-point column without ``.0``."""
    if schema[column].is_float():
        whole = pl.col(column).cast(pl.Int64, strict=False)
        same = whole.cast(pl.Float64) == pl.col(column).cast(pl.Float64)
        text = pl.when(same).then(whole.cast(pl.String)).otherwise(_text(column))
    else:
        text = _text(column)
    return pl.when(~text.is_in(list(null_words))).then(text)


def _piece(column: str) -> pl.Expr:
    """Return ``column: text`` in one line."""
    plain = _text(column).str.replace_all(r"\s+", " ")
    return pl.when(plain != "").then(pl.format("{}: {}", pl.lit(column.replace("_", " ")), plain))


def _number(column: str) -> pl.Expr:
    number = _text(column).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _is_wrong(column: str, value: pl.Expr, null_words: Sequence[str]) -> pl.Expr:
    """Return where a value stands that could not be read, rather than none."""
    text = _text(column)
    return text.is_not_null() & ~text.is_in(list(null_words)) & value.is_null()


def _mistake(column: str, is_wrong: pl.Expr, says: str) -> pl.Expr:
    return pl.when(is_wrong).then(pl.format("{} '{}' {}", pl.lit(column), _text(column), pl.lit(says)))
