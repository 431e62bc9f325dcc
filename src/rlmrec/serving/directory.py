"""A searchable directory of the users and items of a dataset."""

import numpy as np
import polars as pl

from rlmrec.data.dataset import Dataset
from rlmrec.data.external_ids import known_numbers
from rlmrec.serving.questions import Entity, Found, User

MOST_HISTORY = 200


class Directory:
    """Finds users and items of a dataset by id and title.

    Args:
        dataset: dataset with external ids, titles and profiles.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        counts = {"user": np.diff(dataset.train.indptr), "item": dataset.item_counts}
        tables = {"user": dataset.users, "item": dataset.items}
        self.tables = {
            kind: table.select("external_id", "title", "profile", count=pl.Series(counts[kind]))
            for kind, table in tables.items()
        }

    def search(self, kind: str, words: str, offset: int, limit: int) -> Found:
        """Return a page of the users or items whose id or title contains a text.

        Args:
            kind: ``user`` or ``item``.
            words: text to search for, ignoring case; empty to return all.
            offset: number of results to skip.
            limit: maximum number of results.
        """
        table = self.tables[kind].filter(pl.col("external_id") != "")
        if words:
            texts = pl.col("external_id", "title").str.to_lowercase()
            table = table.filter(pl.any_horizontal(texts.str.contains(words.lower(), literal=True)))
        page = table.slice(offset, limit)
        return Found(total=len(table), entities=[_entity(row, "") for row in page.iter_rows(named=True)])

    def user(self, name: str) -> User:
        """Return a user with profile and history.

        Raises:
            UserError: if the user is not in the dataset.
        """
        (number,) = known_numbers(self.dataset.users, [name], "user")
        row = self.tables["user"].row(int(number), named=True)
        items = self.tables["item"][self.dataset.train[[int(number)]].indices[:MOST_HISTORY]]
        history = [_entity(item, "") for item in items.iter_rows(named=True)]
        return User(**_entity(row, row["profile"]).model_dump(), history=history)

    def item(self, name: str) -> Entity:
        """Return an item with its profile.

        Raises:
            UserError: if the item is not in the dataset.
        """
        (number,) = known_numbers(self.dataset.items, [name], "item")
        row = self.tables["item"].row(int(number), named=True)
        return _entity(row, row["profile"])


def _entity(row: dict[str, object], profile: object) -> Entity:
    return Entity.model_validate(
        {"id": row["external_id"], "title": row["title"], "profile": profile, "interactions": row["count"]}
    )
