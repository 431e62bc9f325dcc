"""Ids such as ``1.0`` that stand for whole numbers."""

from collections.abc import Mapping, Sequence

import polars as pl

from rlmrec.preparation.sources.texts import text_of

WHOLE = r"^-?(0|[1-9]\d*|[1-9]\d{0,14}\.0+|0\.0+)$"
"""Matches exact whole numbers; ids with further leading zeros are names."""
SIDES = (("source.columns.user", "source.user_columns.id"), ("source.columns.item", "source.item_columns.id"))
"""Options that name the columns of user ids, and those of item ids."""


def with_whole_ids(
    tables: Mapping[str, Sequence[pl.LazyFrame]], columns: Mapping[str, Mapping[str, str]], null_words: Sequence[str]
) -> dict[str, list[pl.LazyFrame]]:
    """Return tables in which ids such as ``1.0`` are ``1``, if all ids of users, or of items, are whole numbers.

    Programs write ``.0`` if an id is missing somewhere in a column, so that one file may hold ``1.0`` and another
    ``1``. All files are considered together, since their ids must stay the same.

    Args:
        tables: raw tables by kind (``interactions``, ``users``, ``items``), one for each file.
        columns: names of columns by option, for each kind.
        null_words: words that represent a missing id.
    """
    result = {kind: [*files] for kind, files in tables.items()}
    for options in SIDES:
        places = [(kind, columns[kind][option]) for kind in tables for option in options if option in columns[kind]]
        ids = [(table, name) for kind, name in places for table in tables[kind]]
        # Most data have no such id, which costs a fraction of the check of all ids.
        if any(_may_have_fraction(*place) for place in ids) and all(_are_whole(*place, null_words) for place in ids):
            for kind, name in places:
                result[kind] = [_without_fraction(table, name) for table in result[kind]]
    return result


def _may_have_fraction(table: pl.LazyFrame, column: str) -> bool:
    if table.collect_schema()[column] != pl.String:
        return False
    return bool(table.select(pl.col(column).str.contains(".0", literal=True).any()).collect(engine="streaming").item())


def _are_whole(table: pl.LazyFrame, column: str, null_words: Sequence[str]) -> bool:
    schema = table.collect_schema()
    if schema[column] != pl.String:
        return True
    text = text_of(column, schema)
    is_whole = text.is_in(list(null_words)) | text.str.contains(WHOLE)
    return bool(table.select(is_whole.all()).collect(engine="streaming").item())


def _without_fraction(table: pl.LazyFrame, column: str) -> pl.LazyFrame:
    schema = table.collect_schema()
    if schema[column] != pl.String:
        return table
    return table.with_columns(text_of(column, schema).str.replace(r"\.0+$", "").alias(column))
