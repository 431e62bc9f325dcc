"""Recommendation lists of other tools."""

import logging
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.scores import Matrix, Scores
from rlmrec.common.errors import UserError
from rlmrec.common.terminal import counted
from rlmrec.data.dataset import Dataset
from rlmrec.data.external_ids import id_column, numbers, read_table_of_ids
from rlmrec.data.matrices import pair_codes
from rlmrec.graph import Interactions

ORDERS = ("score", "rank")
"""Columns that may order a list, by preference: greater scores first, or lower ranks first."""
log = logging.getLogger(__name__)


class GivenLists(FittedBackbone):
    """Recommendations of any other tool, evaluated like those of the other backbones: same masks, metrics and tests.

    Nothing is fitted: each row of a table recommends an item to a user; lists are ordered by ``score`` or ``rank``.
    Items missing from a user's list are never ranked for that user. Rows with users or items that the dataset lacks are
    ignored and counted.

    Args:
        interactions: the training interactions.
        dataset: dataset that maps external ids to users and items.
        recommendations: path of a Parquet or CSV file with the columns user, item, and score or rank.
    """

    takes_dataset = True

    def __init__(self, interactions: Interactions, dataset: Dataset, recommendations: str) -> None:
        super().__init__(interactions)
        self.dataset = dataset
        self.recommendations = recommendations

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"lists": (self.num_users, self.num_items)}

    def check(self) -> None:
        self.fit(seed=0)  # reads the table, once

    def fit(self, seed: int) -> dict[str, Matrix]:
        return {"lists": self.places}

    @cached_property
    def places(self) -> csr_array:
        """Return each item's place in each user's list, counted from 1, and report which rows are ignored.

        Raises:
            UserError: if the table is damaged, lacks a column, repeats a pair, or has no row for the dataset.
        """
        path = Path(self.recommendations)
        table = read_table_of_ids(path)
        order = next((name for name in ORDERS if name in table.columns), None)
        if order is None:
            raise UserError(f"{path}: it has neither a column score nor a column rank")
        values = table[order].cast(pl.Float64, strict=False)
        if values.is_null().any() or not values.is_finite().all():
            raise UserError(f"{path}: the column {order} must hold a finite number in every row")
        rows, columns = (
            numbers(entities, id_column(path, table, kind).to_list())
            for kind, entities in (("user", self.dataset.users), ("item", self.dataset.items))
        )
        known = (rows >= 0) & (columns >= 0)
        pairs = pair_codes(rows[known], columns[known], self.num_items)
        if len(np.unique(pairs)) < len(pairs):
            raise UserError(f"{path}: a user has the same item twice")
        if not known.any():
            raise UserError(f"{path}: no row has a user and an item of the dataset {self.dataset.name}")
        self._tell(rows, columns, known)
        # Ranks are stored, so that equal scores follow the order of the table and no entry is zero.
        found = values.to_numpy()[known] * (1 if order == "rank" else -1)
        by_user = np.lexsort((np.arange(len(found)), found, rows[known]))
        users = rows[known][by_user]
        places = np.arange(len(users)) - np.searchsorted(users, users) + 1
        return csr_array((places.astype(np.float32), (users, columns[known][by_user])), self.train.shape)

    def _tell(self, rows: np.ndarray, columns: np.ndarray, known: np.ndarray) -> None:
        tested = self.dataset.test_users
        without = len(np.setdiff1d(tested, rows[known]))
        seen = int(np.asarray(self.train[rows[known], columns[known]]).sum())
        for count, told in (
            (int((rows < 0).sum()), "of users that the dataset does not have, left out"),
            (int(((rows >= 0) & (columns < 0)).sum()), "of items that the dataset does not have, left out"),
            (seen, "of training interactions, left out of the ranking"),
        ):
            if count:
                log.warning("%s: %s %s", self.recommendations, counted(count, "row"), told)
        if without:
            told = f"{counted(without, 'user')} of {len(tested):,} to be tested without a list"
            log.warning("%s: %s", self.recommendations, told)

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        lists = fitted["lists"]
        assert not isinstance(lists, np.ndarray)
        return ListScores(lists)


class ListScores(Scores):
    """Scores of listed items only; all others are ``-inf``.

    Args:
        places: place of each item in each user's list, counted from 1, ``(num_users, num_items)``.
    """

    def __init__(self, places: csr_array) -> None:
        self.places = places
        self.num_users, self.num_items = places.shape

    def of(self, users: Tensor) -> Tensor:
        rows = self.places[users.cpu().numpy()].tocoo()
        found = torch.full((len(users), self.num_items), -torch.inf)
        found[torch.from_numpy(rows.coords[0]).long(), torch.from_numpy(rows.coords[1]).long()] = -torch.from_numpy(
            rows.data
        )
        return found.to(users.device)

    def products(self) -> list[list[Matrix]]:
        raise UserError("lists of another tool are no scores of all items: there is no model to export")
