"""Raw tables staged on disk in one format, and their interactions as integers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import polars as pl
from tqdm import tqdm

from rlmrec.common.errors import UserError
from rlmrec.common.files import scratch_folder
from rlmrec.common.room import tell_lack_of_room
from rlmrec.common.tables import scan_parquet
from rlmrec.common.terminal import progress_bar
from rlmrec.preparation.guards import reading
from rlmrec.preparation.sources import RawTable, RawTables

ROW_GROUP = 2**16
"""Rows per row group of a Parquet file; fixed, since the default depends on the number of threads."""
ENTITY_TEXTS = ("title", "metadata", "profile")


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """Yield a temporary folder next to the output, removed at the end; remains of an earlier run are cleared."""
    with scratch_folder(out.absolute().with_name(f".{out.name}.staging")) as folder:
        yield folder


@dataclass(frozen=True)
class Staged:
    """Raw tables in Parquet files, in the order of the raw files.

    Args:
        interactions: file with the columns of ``INTERACTIONS``, ``review_characters``, and ``row``, the number of the
            record from 0.
        users: file with the columns of ``ENTITIES`` and ``row``, or None.
        items: file with the same columns, or None.
    """

    interactions: Path
    users: Path | None
    items: Path | None

    def entities(self, kind: str, external_ids: pl.Series) -> pl.DataFrame:
        """Return the texts of some users or items: id, external_id, title, metadata and profile.

        Args:
            kind: ``users`` or ``items``.
            external_ids: external ids of the entities, in id order.
        """
        path = self.users if kind == "users" else self.items
        table = pl.DataFrame({"external_id": external_ids})
        if path is None:
            table = table.with_columns(**{name: pl.lit("") for name in ENTITY_TEXTS})
        else:
            # The first of several records of an entity is used.
            known = scan_parquet(path).join(table.lazy(), on="external_id", how="semi").collect(engine="streaming")
            known = known.sort("row").unique("external_id", keep="first").drop("row")
            table = table.join(known, on="external_id", how="left", maintain_order="left")
        return table.select(
            pl.int_range(pl.len()).alias("id"),
            "external_id",
            pl.col(*ENTITY_TEXTS).fill_null(""),
        )

    def item_characters(self, external_ids: pl.Series) -> pl.Series:
        """Return the total length of title and metadata of some items, in the given order."""
        if self.items is None:
            return pl.zeros(len(external_ids), pl.Int64, eager=True)
        length = pl.sum_horizontal(pl.col("title", "metadata").str.len_chars()).cast(pl.Int64).alias("characters")
        # Lengths are computed in the stream, so that the texts are never in memory together.
        lengths = scan_parquet(self.items).select("row", "external_id", length).collect(engine="streaming")
        lengths = lengths.sort("row").unique("external_id", keep="first")
        table = pl.DataFrame({"external_id": external_ids})
        table = table.join(lengths, on="external_id", how="left", maintain_order="left")
        return table["characters"].fill_null(0)


def stage(tables: RawTables, folder: Path) -> Staged:
    """Read the raw tables once, in bounded memory.

    Args:
        tables: tables of a source.
        folder: folder for the staged files.

    Raises:
        UserError: if something cannot be read; names the file and the line or record.
    """
    interactions = folder / "interactions.parquet"
    characters = pl.col("review").str.len_chars().alias("review_characters")
    rows = tables.interactions.rows.with_columns(characters)
    _sink(replace(tables.interactions, rows=rows), interactions)
    mistakes = scan_parquet(interactions).filter(pl.col("mistake").is_not_null())
    count = mistakes.select(pl.len()).collect(engine="streaming").item()
    if count and tables.refuses_mistakes:
        row, mistake = mistakes.select("row", "mistake").head(1).collect().row(0)
        raise UserError(
            f"{tables.interactions.record(row)}: {mistake} ({count} such records); correct them, or set "
            "source.unreadable_values=unknown"
        )
    paths = {}
    for kind, table in (("users", tables.users), ("items", tables.items)):
        paths[kind] = None if table is None else folder / f"{kind}.parquet"
        if table is not None:
            _sink(table, folder / f"{kind}.parquet")
    return Staged(interactions, **paths)


def _sink(table: RawTable, path: Path) -> None:
    with progress_bar(desc=f"reading {table.paths[0].name}", unit="record", unit_scale=True) as bar:
        rows = table.rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        rows = rows.map_batches(partial(_count, bar), streamable=True)
        with reading(table.name), tell_lack_of_room(path):
            rows.sink_parquet(path, compression="lz4", statistics=False, row_group_size=ROW_GROUP)
    if not scan_parquet(path).select(pl.len()).collect().item():
        raise UserError(f"{table.name} holds no records")


def _count(bar: "tqdm[NoReturn]", rows: pl.DataFrame) -> pl.DataFrame:
    bar.update(len(rows))
    return rows


@dataclass(frozen=True)
class IntegerLog:
    """Interactions as integers, the only table that is in memory as a whole.

    Args:
        rows: row (number of the raw record), user and item (null if missing), rating, timestamp (in microseconds since
            1970), weight, part (of the source's own split), review_characters and item_characters (of the item's title
            and metadata); in the raw order.
        users: sorted external ids of the users, indexed by number.
        items: sorted external ids of the items, indexed by number.
    """

    rows: pl.DataFrame
    users: pl.Series
    items: pl.Series


def number(staged: Staged) -> IntegerLog:
    """Return the staged interactions with users and items numbered in the order of their external ids."""
    log = scan_parquet(staged.interactions)
    users, items = (_distinct(log, column) for column in ("user", "item"))
    # An enumeration maps values one by one, whereas a join would hold both sides in memory.
    rows = log.select(
        "row",
        pl.col("user").cast(pl.Enum(users)).to_physical().cast(pl.Int32),
        pl.col("item").cast(pl.Enum(items)).to_physical().cast(pl.Int32),
        "rating",
        "timestamp",
        "weight",
        "part",
        "review_characters",
    ).collect(engine="streaming")
    characters = staged.item_characters(items)
    return IntegerLog(rows.with_columns(item_characters=characters.gather(rows["item"])), users, items)


def _distinct(log: pl.LazyFrame, column: str) -> pl.Series:
    return log.select(column).drop_nulls().unique().collect(engine="streaming")[column].sort()
