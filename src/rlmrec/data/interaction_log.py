"""The log of single interactions in a dataset folder: who met what, in which split, when, and what they wrote of it."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.bounded.tables import check_parquet
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.program import command
from rlmrec.common.tables import scan_parquet

FILE = "interactions.parquet"
SCHEMA = pl.Schema(
    {
        "interaction": pl.Int64,  # a number of its own for every interaction of the dataset: 0, 1, ...
        "user": pl.Int64,
        "item": pl.Int64,
        "split": pl.String,  # train, val or test
        "rating": pl.Float32,  # null where unknown
        "timestamp": pl.Int64,  # seconds since 1970, null where unknown
        "review": pl.String,  # empty where there is none
    }
)


OPTIONAL = pl.Schema({"weight": pl.Float32})  # such as a count of plays


def schema(optional: Collection[str] = ()) -> pl.Schema:
    """Return the columns of a log, with some of the optional ones."""
    return pl.Schema({**SCHEMA, **{name: kind for name, kind in OPTIONAL.items() if name in optional}})


def from_matrices(splits: Mapping[str, csr_array]) -> pl.DataFrame:
    """Return a log in which nothing but the split is known; sorted by split as given, user and item."""
    parts = []
    for split, matrix in splits.items():
        users, items = (ids.astype(np.int64) for ids in matrix.tocoo().coords)
        parts.append(pl.DataFrame({"user": users, "item": items}).with_columns(split=pl.lit(split)))
    log = pl.concat(parts).select(
        pl.int_range(pl.len()).alias("interaction"),
        "user",
        "item",
        "split",
        pl.lit(None).alias("rating"),
        pl.lit(None).alias("timestamp"),
        pl.lit("").alias("review"),
    )
    return log.cast(SCHEMA)


def scan(folder: Path) -> pl.LazyFrame:
    """Return the log of a dataset folder, not yet read.

    Raises:
        UserError: if the file is damaged, asks for far more memory than its size, or lacks a column of the right type.
    """
    path = folder / FILE
    try:
        check_parquet(path)
        log = scan_parquet(path)
        found = log.collect_schema()
    except (Exception, pl.exceptions.PanicException) as error:  # a damaged file can make polars raise anything
        raise UserError(f"{path} is not a readable table: {one_line(error)}") from None
    expected = schema(found.names())
    wrong = [f"{name} ({kind})" for name, kind in expected.items() if found.get(name) != kind]
    if wrong:
        raise UserError(
            f"{path} needs the columns {', '.join(wrong)}: make the folder again with {command('prepare_data')}"
        )
    return log.select(expected.names())
