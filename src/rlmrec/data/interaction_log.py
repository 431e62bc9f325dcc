"""The interaction log of a dataset folder: user, item, split, time, rating and review of every interaction."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.bounded.tables import check_parquet, refuse_unreadable
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.program import command
from rlmrec.common.tables import scan_parquet
from rlmrec.data.matrices import coordinates

FILE = "interactions.parquet"
SCHEMA = pl.Schema(
    {
        "interaction": pl.Int64,  # unique number of the interaction in the dataset: 0, 1, ...
        "user": pl.Int64,
        "item": pl.Int64,
        "split": pl.String,  # train, val or test
        "rating": pl.Float32,  # null if unknown
        "timestamp": pl.Int64,  # seconds since 1970, null if unknown
        "review": pl.String,  # empty if there is none
    }
)


OPTIONAL = pl.Schema({"weight": pl.Float32})  # such as a play count


def schema(optional: Collection[str] = ()) -> pl.Schema:
    """Return the schema of a log, with some of the optional columns."""
    return pl.Schema({**SCHEMA, **{name: kind for name, kind in OPTIONAL.items() if name in optional}})


def from_matrices(splits: Mapping[str, csr_array], train_weights: np.ndarray | None = None) -> pl.DataFrame:
    """Return a log with only splits and any weights known, sorted by split (in the given order), user and item.

    Args:
        splits: interactions of ``train``, ``val`` and ``test``.
        train_weights: weights of the training interactions, in the order of ``train``, if known.
    """
    parts = []
    for split, matrix in splits.items():
        users, items = coordinates(matrix)
        part = pl.DataFrame({"user": users, "item": items}).with_columns(split=pl.lit(split))
        if train_weights is not None:
            part = part.with_columns(weight=train_weights if split == "train" else pl.lit(None, pl.Float32))
        parts.append(part)
    log = pl.concat(parts).select(
        pl.int_range(pl.len()).alias("interaction"),
        "user",
        "item",
        "split",
        pl.lit(None).alias("rating"),
        pl.lit(None).alias("timestamp"),
        pl.lit("").alias("review"),
        *([] if train_weights is None else ["weight"]),
    )
    return log.cast(schema(log.columns))  # type: ignore[arg-type]


def scan(folder: Path) -> pl.LazyFrame:
    """Return the log of a dataset folder as a lazy frame.

    Raises:
        UserError: if the file is damaged, would need far more memory than its size, or lacks a column of the right
            type.
    """
    path = folder / FILE
    with refuse_unreadable(path):
        check_parquet(path)
        log = scan_parquet(path)
        found = log.collect_schema()
    expected = schema(found.names())
    wrong = [f"{name} ({kind})" for name, kind in expected.items() if found.get(name) != kind]
    if wrong:
        raise UserError(
            f"{path} needs the columns {', '.join(wrong)}: make the folder again with {command('prepare_data')}"
        )
    return log.select(expected.names())


def weights(folder: Path, train: csr_array) -> np.ndarray | None:
    """Return float32 weights of the training interactions, in the order of ``train``; unknown ones are 1.

    Args:
        folder: path of the dataset folder.
        train: training interactions of the dataset.

    Returns:
        ``(E,)``; None if the folder has no weights.

    Raises:
        UserError: if the log is damaged, does not match ``train``, or has negative or non-finite weights.
    """
    if not (folder / FILE).is_file() or "weight" not in (log := scan(folder)).collect_schema().names():
        return None
    try:
        kept = log.filter(pl.col("split") == "train").select("user", "item", pl.col("weight").fill_null(1)).collect()
        users, items, values = (kept[name].to_numpy() for name in ("user", "item", "weight"))
        found = csr_array((values, (users, items)), train.shape)
        found.sum_duplicates()
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise UserError(f"{folder / FILE} is not a readable table: {one_line(error)}") from None
    ordered = csr_array(train)
    ordered.sort_indices()
    if not (np.array_equal(found.indptr, ordered.indptr) and np.array_equal(found.indices, ordered.indices)):
        raise UserError(f"{folder / FILE} holds other training interactions than train.npz: make the folder again")
    if not (np.isfinite(found.data).all() and (found.data >= 0).all()):
        raise UserError(f"{folder / FILE}: weights must be numbers of at least 0")
    return found.data.astype(np.float32)
