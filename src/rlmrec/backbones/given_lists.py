"""Lists that another tool recommended."""

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
"""Columns that may order a list: greater scores, or lower ranks, first."""
log = logging.getLogger(__name__)


class GivenLists(FittedBackbone):
    """Recommendations of any tool, to be tested like those of every other row: same masks, metrics and tests.

    Nothing is fitted: a table with a row for each user and item says what is recommended, best first by ``score`` or by
    ``rank``. Items that a user's list lacks are never ranked for that user. What the table says of users or items that
    the dataset lacks is left out and counted.

    Args:
        interactions: the training interactions.
        dataset: knows users and items by external id.
        recommendations: a Parquet or CSV file with the columns user, item, and score or rank.
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
        """Return the place of each item in the list of each user, counted from 1; say what of the table was left out.

        Raises:
            UserError: if it is damaged, lacks a column, has a user with an item twice, or fits nothing of the dataset.
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
        # Stored values are ranks, so that those of equal scores follow the order of the table and none is zero.
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
    """Scores of the items in lists, and of no others.

    Args:
        places: the place of each item in the list of each user, counted from 1, ``(num_users, num_items)``.
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
