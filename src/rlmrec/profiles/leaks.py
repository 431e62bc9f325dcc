"""Verification that profiles were written from training interactions only."""

from pathlib import Path

import numpy as np
import polars as pl

from rlmrec.common.bounded.tables import load_table, refuse_unreadable
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.program import command
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.matrices import entry_codes, pair_codes
from rlmrec.data.updating import SOURCES
from rlmrec.profiles.evidence import read_log

SCHEMA = pl.Schema(
    {
        "kind": pl.String(),  # item or user
        "id": pl.Int64(),
        "summarization": pl.String(),  # the profile
        "reasoning": pl.String(),
        "interactions": pl.List(pl.Int64()),  # ids of the interactions in the prompt
        "key": pl.String(),  # SHA-256 of prompt, model and parameters
    }
)


def check(folder: str | Path) -> int:
    """Check the profiles of a dataset folder against its splits.

    Args:
        folder: path of the dataset folder.

    Returns:
        The number of interactions that the profiles were written from.

    Raises:
        MissingFilesError: if the folder has no record of the sources of its profiles.
        UserError: if a profile was written from other than training interactions, or differs from the record.
    """
    root = Path(folder)
    dataset = FolderDataset(str(root)).load()
    path = root / SOURCES
    if not path.is_file():
        raise MissingFilesError(f"{root} lacks {SOURCES}, the record of what its profiles were written from")
    with refuse_unreadable(path):
        table = load_table(path)
    if table.schema != SCHEMA:
        raise UserError(
            f"{path} must have the columns {', '.join(SCHEMA.names())}: run {command('write_profiles')} again"
        )
    _check_texts(table, dataset, path)
    return check_table(table, read_log(root, dataset), dataset)


def check_table(table: pl.DataFrame, log: pl.LazyFrame, dataset: Dataset) -> int:
    """Check profiles before they are stored in a folder.

    Every recorded interaction must exist, belong to the profile's entity, and be a training interaction according to
    both the interaction log and the split matrices. A user's prompt also contains profiles of items: these are in the
    same table, so their sources are checked, too.

    Args:
        table: table with the columns of ``SCHEMA``.
        log: log of all interactions.
        dataset: dataset with the splits.

    Returns:
        The number of interactions that the profiles were written from.

    Raises:
        UserError: if a profile was written from anything else; names the first.
    """
    used = table.lazy().select("kind", "id", interaction="interactions").explode("interaction").drop_nulls()
    splits = log.select("interaction", "user", "item", "split").with_columns(known=pl.lit(True))
    found = used.join(splits, on="interaction", how="left", maintain_order="left").collect()
    _refuse(found.filter(pl.col("known").is_null()), "which is not in the log of interactions")
    _refuse(found.filter(pl.col("split") != "train"), "which is not one of training")
    owner = pl.when(pl.col("kind") == "user").then("user").otherwise("item")
    _refuse(found.filter(owner != pl.col("id")), "which belongs to another")
    pairs = pair_codes(found["user"].to_numpy(), found["item"].to_numpy(), dataset.num_items)
    in_train, in_val, in_test = (np.isin(pairs, entry_codes(part)) for part in dataset.splits.values())
    _refuse(found.filter(pl.Series(~in_train)), "whose pair of user and item is not in train.npz")
    _refuse(found.filter(pl.Series(in_val | in_test)), "whose pair of user and item is in val.npz or test.npz")
    return found["interaction"].n_unique()


def _refuse(rows: pl.DataFrame, what: str) -> None:
    if len(rows):
        first = rows.row(0, named=True)
        raise UserError(
            f"leak: the profile of {first['kind']} {first['id']} was written from interaction {first['interaction']}, "
            f"{what} ({rows.select('kind', 'id').n_unique()} profiles in all)"
        )


def _check_texts(table: pl.DataFrame, dataset: Dataset, path: Path) -> None:
    """Check that the folder's profiles equal the recorded ones, without which the record proves nothing."""
    for kind, entities in (("user", dataset.users), ("item", dataset.items)):
        recorded = table.filter(pl.col("kind") == kind).select("id", "summarization")
        both = entities.select("id", "profile").join(recorded, on="id", how="full", coalesce=True)
        differing = both.filter(pl.col("profile").fill_null("") != pl.col("summarization").fill_null(""))
        if len(differing):
            first = differing.sort("id")["id"].to_list()[0]
            raise UserError(
                f"{path} has no record of the profile of {kind} {first}: run {command('write_profiles')} again"
            )
