"""Raw tables on disk in one form, and their interactions as integers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rlmrec.errors import UserError
from rlmrec.preparation.sources import RawTable, RawTables

ROW_GROUP = 2**16
"""Rows in a part of a Parquet file; fixed, as its default depends on the number of threads."""


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """A folder beside the one to be written, removed at the end; what an earlier run had to leave is cleared."""
    folder = out.with_name(f".{out.name}.staging")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Staged:
    """Raw tables in Parquet files, in the raw files' order.

    Args:
        interactions: file with the columns of ``INTERACTIONS`` and ``row``, the record's number from 0.
        users: file with the columns of ``ENTITIES``, or None.
        items: likewise.
    """

    interactions: Path
    users: Path | None
    items: Path | None

    def entities(self, kind: str, external_ids: pl.Series) -> pl.DataFrame:
        """Texts of some users or items: id, external_id, title, metadata and an empty profile.

        Args:
            kind: ``users`` or ``items``.
            external_ids: whose, in id order.
        """
        path = self.users if kind == "users" else self.items
        table = pl.DataFrame({"external_id": external_ids})
        if path is None:
            table = table.with_columns(title=pl.lit(""), metadata=pl.lit(""))
        else:
            # The first of several records of an entity counts, as it would for a reader of the file.
            known = pl.scan_parquet(path).join(table.lazy(), on="external_id", how="semi").collect(engine="streaming")
            known = known.sort("row").unique("external_id", keep="first").drop("row")
            table = table.join(known, on="external_id", how="left", maintain_order="left")
        return table.select(
            pl.int_range(pl.len()).alias("id"),
            "external_id",
            pl.col("title", "metadata").fill_null(""),
            pl.lit("").alias("profile"),
        )


def stage(tables: RawTables, folder: Path) -> Staged:
    """Read the raw tables once, in bounded memory.

    Args:
        tables: what a source offers.
        folder: where to put them.

    Raises:
        UserError: names file and line or record of what cannot be read.
    """
    interactions = folder / "interactions.parquet"
    _sink(tables.interactions, interactions)
    mistakes = pl.scan_parquet(interactions).filter(pl.col("mistake").is_not_null()).head(1).collect()
    if len(mistakes):
        row, mistake = mistakes.row(0, named=True)["row"], mistakes["mistake"][0]
        raise UserError(f"{tables.interactions.path} record {row + 1}: {mistake}")
    paths = {}
    for kind, table in (("users", tables.users), ("items", tables.items)):
        paths[kind] = None if table is None else folder / f"{kind}.parquet"
        if table is not None:
            _sink(table, folder / f"{kind}.parquet")
    return Staged(interactions, **paths)


def _sink(table: RawTable, path: Path) -> None:
    rows = table.rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    try:
        rows.sink_parquet(path, compression="lz4", row_group_size=ROW_GROUP)
    except (pl.exceptions.PolarsError, OSError) as error:
        where = table.format.explain(table.path)
        raise UserError(f"{table.path} {where or f'cannot be read: {_one_line(error)}'}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


@dataclass(frozen=True)
class IntegerLog:
    """Interactions as numbers: all that is ever held whole.

    Args:
        rows: row (number of the raw record), user and item (null where the record has none), rating, timestamp,
            review_characters and item_characters (of an item's title and metadata); in the raw order.
        users: external ids of users by number, sorted.
        items: likewise of items.
    """

    rows: pl.DataFrame
    users: pl.Series
    items: pl.Series


def number(staged: Staged) -> IntegerLog:
    """The staged interactions with users and items numbered in the order of their external ids."""
    log = pl.scan_parquet(staged.interactions)
    users, items = (_numbered(log, column) for column in ("user", "item"))
    if staged.items is None:
        texts = pl.LazyFrame(schema={"external_id": pl.String, "item_characters": pl.UInt32})
    else:
        characters = pl.col("title").str.len_chars() + pl.col("metadata").str.len_chars()
        texts = pl.scan_parquet(staged.items).sort("row").unique("external_id", keep="first", maintain_order=True)
        texts = texts.select("external_id", characters.alias("item_characters"))
    described = items.lazy().join(texts, left_on="item", right_on="external_id", how="left").collect()
    rows = (
        log.join(users.lazy(), on="user", how="left")
        .join(described.lazy(), on="item", how="left")
        .select(
            "row",
            pl.col("user_number").alias("user"),
            pl.col("item_number").alias("item"),
            "rating",
            "timestamp",
            pl.col("review").str.len_chars().alias("review_characters"),
            pl.col("item_characters").fill_null(0),
        )
        .collect(engine="streaming")
        .sort("row")
    )
    return IntegerLog(rows, users["user"], items["item"])


def _numbered(log: pl.LazyFrame, column: str) -> pl.DataFrame:
    distinct = log.select(column).drop_nulls().unique().collect(engine="streaming").sort(column)
    return distinct.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias(f"{column}_number"))
