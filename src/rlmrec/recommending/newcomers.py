"""Users and items added after training, in addition to those of the dataset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import TEXT_COLUMNS, Dataset


@dataclass(frozen=True)
class Newcomers:
    """Users or items added after training.

    Args:
        table: one row each, with column external_id and optionally title and profile.
        embeddings: profile embeddings, ``(n, T)``, zero for those without a profile; None if none has one.
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
        """Return a copy with the given names added, without profiles, unless they are present already."""
        there = set(self.table["external_id"])
        others = pl.DataFrame({"external_id": pl.Series([n for n in names if n not in there], dtype=pl.String)})
        rows = None
        if self.embeddings is not None:
            rows = np.pad(self.embeddings, ((0, len(others)), (0, 0)))
        return Newcomers(pl.concat([self.table, others], how="diagonal").fill_null(""), rows)


NOBODY = Newcomers(pl.DataFrame(schema={"external_id": pl.String}))


def refuse_repeated(kind: str, new: Newcomers) -> None:
    """Refuse newcomers with duplicate external ids.

    Raises:
        UserError: if there are any; the message names the first.
    """
    repeated = new.table.filter(new.table["external_id"].is_duplicated())["external_id"]
    if len(repeated):
        raise UserError(f"the new {kind} {repeated[0]!r} is there twice")


def with_items(dataset: Dataset, items: Newcomers) -> Dataset:
    """Return a dataset with new items, without interactions, after its own.

    Args:
        dataset: dataset that the model was trained on.
        items: new items.

    Raises:
        UserError: if a new item has the external id of a known one, or an id occurs twice.
        MissingFilesError: if new items have profiles but the items of the dataset have no embeddings to compare with.
    """
    refuse_repeated("item", items)
    known = dataset.items.filter(pl.col("external_id").is_in(items.table["external_id"].implode()))["external_id"]
    if len(known):
        raise UserError(f"the item {known[0]!r} is in the dataset already: leave it out of the new ones")
    table = dataset.item_embeddings
    if table is None and items.embeddings is not None:
        raise MissingFilesError(f"items of {dataset.name} have no profile embeddings to compare new ones with")
    if table is not None:
        new = np.zeros((len(items), table.shape[1]), np.float32) if items.embeddings is None else items.embeddings
        table = np.concatenate([np.asarray(table, np.float32), new])
    columns = dataset.num_items + len(items)
    return replace(
        dataset,
        items=_with_rows(dataset.items, items.table),
        item_embeddings=table,
        train_weights=None,
        train=with_columns(dataset.train, columns),
        val=with_columns(dataset.val, columns),
        test=with_columns(dataset.test, columns),
    )


def with_columns(matrix: csr_array, columns: int) -> csr_array:
    """Return a matrix extended to ``columns`` columns by empty ones, sharing its data."""
    return csr_array((matrix.data, matrix.indices, matrix.indptr), (matrix.shape[0], columns))


def _with_rows(entities: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    given = [pl.col(name) if name in new.columns else pl.lit("").alias(name) for name in TEXT_COLUMNS]
    kept = [name for name in TEXT_COLUMNS if name in entities.columns]
    rows = new.select(given).select(kept).cast(pl.String)
    ids = pl.Series("id", np.arange(len(entities), len(entities) + len(new))).cast(entities["id"].dtype)
    return pl.concat([entities.select("id", *kept), rows.select(ids, *kept)])
