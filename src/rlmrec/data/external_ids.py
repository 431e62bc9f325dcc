"""External ids, in lists or files, and their mapping to internal ids."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rlmrec.common.bounded.tables import load_table, refuse_unreadable
from rlmrec.common.errors import UserError
from rlmrec.common.tables import without_apostrophes

COLUMNS = ("external_id", "{kind}", "{kind}_id", "id")
"""Accepted names of the column of ids, in order of preference."""
NAME_OF_IDS = re.compile(r"(.*[ _-])?(ids?|users?|items?|names?|titles?|asin|isbn)|\w*(user|item)_?id", re.IGNORECASE)
"""Accepted names of the only column of a CSV file; any other first line may itself be an id."""
SHOWN = 5


def numbers(entities: pl.DataFrame, ids: Sequence[str]) -> np.ndarray:
    """Return the internal id of each external id, -1 if unknown, ``(n,)`` int64.

    Args:
        entities: users or items of a dataset, with the columns id and external_id.
        ids: external ids, possibly with repetitions.

    Raises:
        UserError: if one of the ids is ambiguous in the dataset, or the ids are not strings.
    """
    refuse_other_than_text(ids)
    known = entities.select(pl.col("id").cast(pl.Int64), "external_id").filter(pl.col("external_id") != "")
    asked = pl.DataFrame({"external_id": pl.Series(ids, dtype=pl.String)})
    joined = asked.join(known, on="external_id", how="left", maintain_order="left")
    if len(joined) > len(ids):
        repeated = known.filter(pl.col("external_id").is_duplicated() & pl.col("external_id").is_in(ids))
        raise UserError(f"the dataset has the external id {repeated['external_id'][0]!r} twice: make its ids distinct")
    found = joined["id"]
    return found.fill_null(-1).to_numpy(writable=True)


def refuse_other_than_text(ids: Iterable[Any]) -> None:
    """Refuse anything but a list of strings as external ids.

    Raises:
        UserError: if an id is not a string; shows how to write it.
    """
    if isinstance(ids, str):
        raise UserError(f"external ids are given as a list: [{ids!r}]")
    if wrong := [one for one in ids if not isinstance(one, str)]:
        raise UserError(f"external ids are text: {[str(wrong[0])]} instead of [{wrong[0]!r}]")


def known_numbers(entities: pl.DataFrame, ids: Sequence[str], kind: str) -> np.ndarray:
    """Return the internal ids of external ids, all of which must be in the dataset.

    Raises:
        UserError: if some are unknown; names them.
    """
    found = numbers(entities, ids)
    refuse_unknown([name for name, number in zip(ids, found, strict=True) if number < 0], kind, len(entities))
    return found


def refuse_unknown(unknown: Sequence[str], kind: str, total: int, mend: str = "") -> None:
    """Refuse external ids that are not in the dataset.

    Raises:
        UserError: if there are any; names the first of them.
    """
    if unknown:
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        named = ", ".join(map(repr, unknown[:SHOWN]))
        raise UserError(f"no {kind} of {total:,} has the external id {named}{more}{mend}")


def ids_of(given: str | Sequence[str] | None, kind: str) -> list[str] | None:
    """Return distinct external ids from a list or from the file of a path; None for None."""
    if isinstance(given, str):
        return read_ids(given, kind)
    return None if given is None else [*dict.fromkeys(given)]


def read_ids(path: str | Path, kind: str) -> list[str]:
    """Return the distinct external ids in a table (Parquet or CSV).

    Args:
        path: path of the table.
        kind: ``user`` or ``item``.

    Raises:
        UserError: if the file is missing or damaged, or its column of ids cannot be determined.
    """
    if not Path(path).is_file():
        raise UserError(f"{path} is no file: give a table of external ids, or a list such as [a,b]")
    table = read_table_of_ids(path)
    if table.width == 1:
        if Path(path).suffix != ".parquet" and not NAME_OF_IDS.fullmatch(table.columns[0]):
            raise UserError(
                f"{path}: its first line {table.columns[0]!r} would be the name of its column: write {kind} above it "
                "if it is an id, or in its place if it is a name"
            )
        table.columns = ["external_id"]
    return id_column(path, table, kind, COLUMNS).unique(maintain_order=True).to_list()


def read_histories(path: str | Path) -> dict[str, list[str]]:
    """Return the external ids of the items of each user, in row order, from a table (Parquet or CSV).

    Args:
        path: path of a file with one row per interaction and the columns ``user`` and ``item`` (or ``user_id``,
            ``item_id``).

    Raises:
        UserError: if the file is missing or damaged, or lacks a column.
    """
    table = read_table_of_ids(path)
    pairs = {kind: id_column(path, table, kind) for kind in ("user", "item")}
    found = pl.DataFrame(pairs).group_by("user", maintain_order=True).agg("item")
    return dict(zip(found["user"].to_list(), found["item"].to_list(), strict=True))


def read_profiles(path: str | Path, kind: str) -> pl.DataFrame:
    """Return users or items with their profiles from a table (Parquet or CSV).

    Args:
        path: path of a file with one row per entity, a column of ids such as ``user``, the column ``profile`` and
            optionally ``title``.
        kind: ``user`` or ``item``.

    Returns:
        Columns external_id, title and profile.

    Raises:
        UserError: if the file is missing or damaged, lacks a column, or a profile is empty.
    """
    table = read_table_of_ids(path)
    ids = id_column(path, table, kind, COLUMNS)
    if "profile" not in table.columns:
        raise UserError(f"{path}: it has the columns {', '.join(table.columns)[:200]}; call that of texts profile")
    texts = table["profile"].cast(pl.String).fill_null("").str.strip_chars()
    if len(empty := ids.filter(texts == "")):
        raise UserError(f"{path}: the profile of {empty[0]!r} is empty")
    titles = table["title"].cast(pl.String).fill_null("") if "title" in table.columns else pl.Series([""] * len(table))
    return pl.DataFrame({"external_id": ids, "title": titles, "profile": texts})


def read_table_of_ids(path: str | Path) -> pl.DataFrame:
    """Return the table in a Parquet or CSV file; all values of a CSV file are read as text.

    Raises:
        UserError: if the file is missing, damaged or empty.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"{path} is no file")
    with refuse_unreadable(path, problem=""):
        table = load_table(file, infer_types=False)
    if table.is_empty():
        raise UserError(f"{path}: it has no row")
    return table


def id_column(
    path: str | Path, table: pl.DataFrame, kind: str, names: Sequence[str] = ("{kind}", "{kind}_id")
) -> pl.Series:
    """Return the column of external ids of users or items, as text.

    Args:
        path: path of the table, for messages.
        table: table with a column of ids.
        kind: ``user`` or ``item``.
        names: accepted names of the column; the first one present is used.

    Raises:
        UserError: if there is no such column, or a row has no id.
    """
    named = [name.format(kind=kind) for name in names]
    column = next((name for name in named if name in table.columns), None)
    if column is None:
        raise UserError(f"{path}: it has the columns {', '.join(table.columns)[:200]}; call that of {kind}s {named[0]}")
    ids = table[column].cast(pl.String)
    if ids.null_count():
        raise UserError(f"{path}: {ids.null_count():,} rows have no {column}")
    return without_apostrophes(ids) if Path(path).suffix == ".csv" else ids
