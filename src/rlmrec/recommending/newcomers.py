"""Users and items that came after training, beside those of the dataset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array, hstack, vstack

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset

TEXTS = ("external_id", "title", "metadata", "profile")


@dataclass(frozen=True)
class Newcomers:
    """Users or items that came after training.

    Args:
        table: columns external_id, and title and profile where known; a row for each.
        embeddings: their profile embeddings, ``(n, T)``; zero for those without a profile; None if none has one.
    """

    table: pl.DataFrame
    embeddings: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def has_profile(self) -> np.ndarray:
        """Return which of them have a profile embedding, ``(n,)`` bool."""
        return np.zeros(len(self), bool) if self.embeddings is None else np.any(self.embeddings, axis=1)

    def with_others(self, names: Sequence[str]) -> "Newcomers":
        """Return the same with others, of whom no profile is known, where they are not among them."""
        there = set(self.table["external_id"])
        others = pl.DataFrame({"external_id": pl.Series([n for n in names if n not in there], dtype=pl.String)})
        rows = None
        if self.embeddings is not None:
            rows = np.pad(self.embeddings, ((0, len(others)), (0, 0)))
        return Newcomers(pl.concat([self.table, others], how="diagonal").fill_null(""), rows)


NOBODY = Newcomers(pl.DataFrame(schema={"external_id": pl.String}))


def joined(dataset: Dataset, users: Newcomers, items: Newcomers, histories: csr_array | None = None) -> Dataset:
    """Return a dataset with further users and items after those that it has.

    Args:
        dataset: that the model was trained on.
        users: new users.
        items: new items.
        histories: ones where a new user and an item of the dataset interacted, ``(len(users), num_items)``.

    Returns:
        The larger dataset. Known users whose external id a new user has are without one.

    Raises:
        UserError: if a new item has the external id of a known one, or an id is there twice.
        MissingFilesError: if newcomers have profiles and the dataset has no embeddings to compare them with.
    """
    for kind, new in (("user", users), ("item", items)):
        repeated = new.table.filter(new.table["external_id"].is_duplicated())["external_id"]
        if len(repeated):
            raise UserError(f"the new {kind} {repeated[0]!r} is there twice")
    known = dataset.items.filter(pl.col("external_id").is_in(items.table["external_id"].implode()))["external_id"]
    if len(known):
        raise UserError(f"the item {known[0]!r} is in the dataset already: leave it out of the new ones")
    renamed = pl.col("external_id").is_in(users.table["external_id"].implode())
    old = dataset.users.with_columns(pl.when(renamed).then(pl.lit("")).otherwise("external_id").alias("external_id"))
    none: Any = csr_array((len(users), dataset.num_items), dtype=np.float32)
    rows = none if histories is None else histories
    return replace(
        dataset,
        users=_with_rows(old, users.table),
        items=_with_rows(dataset.items, items.table),
        user_embeddings=_with_embeddings(dataset, dataset.user_embeddings, users, "users"),
        item_embeddings=_with_embeddings(dataset, dataset.item_embeddings, items, "items"),
        train_weights=None,
        train=_grown(dataset.train, rows, len(items)),
        val=_grown(dataset.val, none, len(items)),
        test=_grown(dataset.test, none, len(items)),
    )


def _grown(matrix: csr_array, rows: csr_array, columns: int) -> csr_array:
    taller: Any = vstack([matrix, rows], format="csr")
    return csr_array(hstack([taller, csr_array((taller.shape[0], columns))], format="csr")).astype(np.float32)


def _with_rows(entities: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    given = [pl.col(name) if name in new.columns else pl.lit("").alias(name) for name in TEXTS]
    kept = [name for name in TEXTS if name in entities.columns]
    rows = new.select(given).select(kept).cast(pl.String)
    ids = pl.Series("id", np.arange(len(entities), len(entities) + len(new))).cast(entities["id"].dtype)
    return pl.concat([entities.select("id", *kept), rows.select(ids, *kept)])


def _with_embeddings(dataset: Dataset, table: np.ndarray | None, new: Newcomers, kind: str) -> np.ndarray | None:
    if table is None:
        if new.embeddings is not None:
            raise MissingFilesError(f"{kind} of {dataset.name} have no profile embeddings to compare new ones with")
        return None
    rows = np.zeros((len(new), table.shape[1]), np.float32) if new.embeddings is None else new.embeddings
    return table if not len(new) else np.concatenate([np.asarray(table, np.float32), rows])
