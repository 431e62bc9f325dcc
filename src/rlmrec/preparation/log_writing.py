"""Writing the interaction log of a prepared dataset, reviews included."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from rlmrec.common.room import tell_lack_of_room
from rlmrec.common.tables import scan_parquet
from rlmrec.common.terminal import progress_bar
from rlmrec.data import interaction_log
from rlmrec.preparation.sources.times import MICROSECONDS
from rlmrec.preparation.splits import NAMES
from rlmrec.preparation.staging import ROW_GROUP, Staged


def write_log(staged: Staged, log: pl.DataFrame, folder: Path) -> None:
    """Write the remaining interactions with their reviews, in the raw order and in bounded memory.

    Args:
        staged: the staged raw tables.
        log: remaining interactions in the raw order: row, new_user, new_item, part, rating, timestamp and weight.
        folder: folder to write to.
    """
    has_weights = log["weight"].null_count() < len(log)
    schema = interaction_log.schema(["weight"] if has_weights else [])
    log = log.select(
        "row",
        pl.int_range(pl.len()).alias("interaction"),
        pl.col("new_user").alias("user"),
        pl.col("new_item").alias("item"),
        "part",
        "rating",
        pl.col("timestamp") // MICROSECONDS,
        *(["weight"] if has_weights else []),
    )

    # An order-preserving streaming join would buffer all reviews at once.
    def parts(columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        for part in _parts(staged, log, schema):
            yield part if columns is None else part.select(columns)

    table = register_io_source(parts, schema=schema)
    with tell_lack_of_room(folder / interaction_log.FILE):
        table.sink_parquet(folder / interaction_log.FILE, row_group_size=ROW_GROUP)


def _parts(staged: Staged, log: pl.DataFrame, schema: pl.Schema) -> Iterator[pl.DataFrame]:
    """Yield the log with reviews and names of splits, in chunks."""
    reviews = scan_parquet(staged.interactions).select("review")
    last = int(log["row"][-1])
    borders = np.searchsorted(log["row"].to_numpy(), np.arange(0, last + ROW_GROUP + 1, ROW_GROUP))
    names = pl.col("part").replace_strict(dict(enumerate(NAMES)), return_dtype=pl.String).alias("split")
    spans = list(pairwise(borders.tolist()))
    for number, (start, end) in enumerate(progress_bar(spans, desc="writing interactions", unit="part", leave=False)):
        if start < end:
            part = log.slice(start, end - start)
            texts = reviews.slice(number * ROW_GROUP, ROW_GROUP).collect()["review"]
            part = part.with_columns(names, review=texts.gather(part["row"] - number * ROW_GROUP))
            yield part.select(schema.names()).cast(schema)  # type: ignore[arg-type]
