"""Conversion of the columns of raw files to the canonical columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import singular
from rlmrec.preparation.sources.base import ENTITIES, INTERACTIONS
from rlmrec.preparation.sources.texts import is_inexact, text_of, without_lists
from rlmrec.preparation.sources.times import TimeFormat

NULL_WORDS = ("", "NULL", "null", "None", "NaN", "nan", "NA", "N/A", "<NA>", "\\N")
"""Words that represent a missing value in ids, ratings, times and weights."""
INEXACT = r"^-?(\d([.,]\d+)?[eE]\+\d\d+|(9\d{15}|\d{17,})\.0+)$"
"""Matches long ids in scientific or floating-point notation, whose last digits may be lost (from 2^53)."""
LONGEST_SHOWN = 40
"""Maximum number of characters of a value in a message."""

PART = "\0part"
"""Added column with the part of the split; its name cannot occur in a file."""


class InteractionColumns(TypedDict):
    """Columns of the interaction file; ``auto`` selects by name, null means none."""

    user: str | None
    item: str | None
    rating: str | None
    timestamp: str | None
    review: str | None
    weight: NotRequired[str | None]


class EntityColumns(TypedDict):
    """Columns of a user or item file; ``auto`` selects by name.

    ``metadata`` columns are joined into one text, such as ``author: ...; release date: ...``.
    """

    id: str
    title: str | None
    metadata: list[str] | str | None
    profile: NotRequired[str | None]


def interaction_options(columns: InteractionColumns) -> dict[str, str]:
    """Return the selected columns, keyed by the option that selects them."""
    return {f"source.columns.{field}": str(column) for field, column in columns.items() if column}


def entity_options(kind: str, columns: EntityColumns) -> dict[str, str]:
    """Return the selected columns of ``users`` or ``items``, keyed by the option that selects them."""
    group = f"source.{singular(kind)}_columns"
    single = {f"{group}.{field}": str(columns.get(field)) for field in ("id", "title", "profile") if columns.get(field)}
    return single | {f"{group}.metadata[{place}]": column for place, column in enumerate(columns["metadata"] or [])}


def require(path: Path, wanted: Mapping[str, str], found: Sequence[str]) -> None:
    """Check that a file has the columns that the options name.

    Args:
        path: path of the file.
        wanted: column of each option.
        found: columns of the file.

    Raises:
        UserError: if columns are missing; names the file, its columns, and the options to change.
    """
    absent = [f"{column} ({option})" for option, column in wanted.items() if column not in found]
    if absent:
        raise UserError(
            f"{path} has no column {', '.join(absent)}; it has {', '.join(found)}: set the option to one of these, or "
            f"to null if it may be left out{first_line(found)}"
        )
    patterns = [name for name in wanted.values() if name == "*" or (name.startswith("^") and name.endswith("$"))]
    if patterns:
        raise UserError(f"{path} has a column {patterns[0]}, which polars takes for a pattern of names: rename it")


def first_line(found: Sequence[str]) -> str:
    """Return the end of a message: how to correct a first line that was misinterpreted."""
    if is_headerless(found):
        return "; source.header=true if its first line names them"
    return "; source.header=false if these are the values of a record"


def is_headerless(found: Sequence[str]) -> bool:
    """Return whether the columns have numbers instead of names."""
    return list(found) == [str(number) for number in range(1, len(found) + 1)]


def interaction_rows(
    table: pl.LazyFrame, columns: InteractionColumns, times: TimeFormat | None, null_words: Sequence[str] = NULL_WORDS
) -> pl.LazyFrame:
    """Return the columns of ``INTERACTIONS``; ``mistake`` describes a value that is not a valid number, time or id.

    Args:
        table: the raw columns.
        columns: raw column of each field.
        times: format of the times, if there are any.
        null_words: words that represent a missing value.
    """
    table = without_lists(table)
    schema = table.collect_schema()
    values = {field: pl.lit(None, pl.Float32) for field in ("rating", "weight")} | {"timestamp": pl.lit(None, pl.Int64)}
    wrong, says = {}, dict.fromkeys(("rating", "weight"), "is no number")
    for field in ("rating", "weight"):
        if column := columns.get(field):
            values[field] = _number(str(column), schema)
    if times and columns["timestamp"]:
        values["timestamp"] = times.microseconds(columns["timestamp"], schema)
        says["timestamp"] = f"is no time {times.description}: source.timestamp_format says how times are read"
    for field in says:
        if column := columns.get(field):
            wrong[field] = _is_wrong(text_of(str(column), schema), values[field], null_words)
    ids, review = {"user": str(columns["user"]), "item": str(columns["item"])}, columns["review"]
    mistakes = [_mistake(str(columns.get(field)), is_wrong, says[field], schema) for field, is_wrong in wrong.items()]
    inexact = "is an id that has lost its last digits: write ids as whole numbers or as text"
    mistakes += [_mistake(name, _is_inexact(name, schema), inexact, schema) for name in ids.values()]
    return table.select(
        **{field: _name(name, schema, null_words) for field, name in ids.items()},
        **values,
        review=text_of(review, schema).fill_null("") if review else pl.lit(""),
        part=(pl.col(PART) if PART in schema else pl.lit(None)).cast(pl.Int8),
        mistake=pl.coalesce(*mistakes, pl.lit(None, pl.String)),
        **{f"unreadable_{field}": wrong.get(field, pl.lit(False)) for field in values},
    ).select(INTERACTIONS.names())


def entity_rows(table: pl.LazyFrame, columns: EntityColumns, null_words: Sequence[str] = NULL_WORDS) -> pl.LazyFrame:
    """Return the columns of ``ENTITIES``; empty values are omitted from the metadata."""
    metadata_columns = columns["metadata"] or []
    table = without_lists(table, listed=metadata_columns)
    schema = table.collect_schema()
    pieces = [_piece(column, schema) for column in metadata_columns]
    metadata = pl.concat_str(pieces, separator="; ", ignore_nulls=True) if pieces else pl.lit("")
    texts = {"title": columns["title"], "profile": columns.get("profile")}
    return table.select(
        _name(columns["id"], schema, null_words).alias("external_id"),
        metadata.alias("metadata"),
        **{field: text_of(name, schema).fill_null("") if name else pl.lit("") for field, name in texts.items()},
    ).select(ENTITIES.names())


def _name(column: str, schema: pl.Schema, null_words: Sequence[str]) -> pl.Expr:
    """Return external ids; inexact numbers become null."""
    text = text_of(column, schema)
    return pl.when(~text.is_in(list(null_words)) & ~_is_inexact(column, schema)).then(text)


def _is_inexact(column: str, schema: pl.Schema) -> pl.Expr:
    """Return where an id is a number that has lost digits, so that several ids may have become equal."""
    if schema[column].is_float():
        return is_inexact(column, schema[column])
    if schema[column] == pl.String:
        return text_of(column, schema).str.contains(INEXACT)
    return pl.lit(False)


def _piece(column: str, schema: pl.Schema) -> pl.Expr:
    """Return ``column: text`` on one line."""
    text = text_of(column, schema).str.replace_all(r"\s+", " ")
    return pl.when(text != "").then(pl.format("{}: {}", pl.lit(column.replace("_", " ")), text))


def _number(column: str, schema: pl.Schema) -> pl.Expr:
    number = text_of(column, schema).cast(pl.Float64, strict=False).cast(pl.Float32, strict=False)
    return pl.when(number.is_finite()).then(number)


def _is_wrong(text: pl.Expr, value: pl.Expr, null_words: Sequence[str]) -> pl.Expr:
    """Return where a value is present but could not be read."""
    return text.is_not_null() & ~text.is_in(list(null_words)) & value.is_null()


def _mistake(column: str, is_wrong: pl.Expr, says: str, schema: pl.Schema) -> pl.Expr:
    wrong = pl.when(is_wrong).then(text_of(column, schema))  # filtered first, so that only few values are formatted
    shown = wrong.str.head(LONGEST_SHOWN).str.replace_all(r"\s+", " ")
    return pl.format("{} '{}' {}", pl.lit(column), shown, pl.lit(says))
