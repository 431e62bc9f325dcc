"""Evidence for prompts: a seeded sample of the training interactions only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from rlmrec.common.bounded.tables import refuse_unreadable
from rlmrec.common.errors import UserError
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.profiles.request import ChosenItem, Facts, Kind


@dataclass(frozen=True)
class Sampling:
    """Limits on the content of a prompt.

    Args:
        item_reviews: maximum number of training reviews in an item's prompt.
        user_items: maximum number of training items in a user's prompt.
        title_characters: length to which titles are truncated.
        review_characters: length to which reviews are truncated.
        metadata_characters: length to which metadata are truncated.
        profile_characters: length to which profiles of items are truncated in a user's prompt.
    """

    item_reviews: NonNegativeInt = 8
    user_items: PositiveInt = 12
    title_characters: PositiveInt = 200
    review_characters: PositiveInt = 600
    metadata_characters: PositiveInt = 1200
    profile_characters: PositiveInt = 2000


def read_log(folder: Path, dataset: Dataset) -> pl.LazyFrame:
    """Return the interactions of all splits, from the matrices if the folder has no log.

    Raises:
        UserError: if the log is damaged, or refers to unknown users or items.
    """
    if (folder / interaction_log.FILE).is_file():
        log = interaction_log.scan(folder)
        _check_ids(log, dataset, folder / interaction_log.FILE)
        return log
    return interaction_log.from_matrices(dataset.splits).lazy()


def _check_ids(log: pl.LazyFrame, dataset: Dataset, path: Path) -> None:
    counts = {"user": dataset.num_users, "item": dataset.num_items}
    unknown = pl.any_horizontal(
        ~pl.col(name).is_between(0, count - 1).fill_null(False) for name, count in counts.items()
    )
    with refuse_unreadable(path):
        strangers = log.select(unknown.sum()).collect(engine="streaming").item()
    if strangers:
        raise UserError(f"{path} tells of {strangers} interactions of users or items that the dataset does not have")


class Evidence:
    """Facts about entities, each with the interactions that they were taken from.

    Args:
        dataset: dataset with the entities and their texts.
        log: interaction log; only the split ``train`` is read.
        sampling: limits of the samples.
        seed: seed of the samples.
    """

    def __init__(self, dataset: Dataset, log: pl.LazyFrame, sampling: Sampling, seed: int) -> None:
        self.sampling = sampling
        self.tables = {"item": _texts(dataset.items, sampling), "user": _texts(dataset.users, sampling)}
        training = log.filter(pl.col("split") == "train")
        reviewed = training.filter(pl.col("review") != "")
        # One random stream per kind, so that users' samples do not depend on the number of item reviews.
        self.of_items = self._sampled(reviewed, "item", sampling.item_reviews, np.random.default_rng([seed, 0]))
        self.of_users = self._sampled(training, "user", sampling.user_items, np.random.default_rng([seed, 1]))

    def item(self, item: int) -> tuple[Facts, tuple[int, ...]]:
        """Return facts about an item, and the ids of the interactions behind them."""
        rows = self.of_items.rows_of(item)
        title, metadata = self.tables["item"][item]
        reviews = tuple(row["review"] for row in rows)
        return Facts("item", title, metadata, reviews), tuple(row["interaction"] for row in rows)

    def user(self, user: int, profiles: Mapping[int, str]) -> tuple[Facts, tuple[int, ...], tuple[int, ...]]:
        """Return facts about a user, the ids of the interactions behind them, and the items without a profile.

        Args:
            user: id of the user.
            profiles: finished profiles by item.
        """
        rows = self.of_users.rows_of(user)
        title, metadata = self.tables["user"][user]
        chosen = tuple(self._chosen(row, profiles.get(row["item"], "")) for row in rows)
        facts = Facts("user", title, metadata, items=chosen)
        withheld = tuple(sorted(row["item"] for row in rows if row["item"] not in profiles))
        return facts, tuple(row["interaction"] for row in rows), withheld

    def items_of(self, user: int) -> list[int]:
        """Return the items in a user's prompt."""
        return [row["item"] for row in self.of_users.rows_of(user)]

    def _chosen(self, row: dict, profile: str) -> ChosenItem:
        title, metadata = self.tables["item"][row["item"]]
        return ChosenItem(title, metadata, profile[: self.sampling.profile_characters], row["rating"], row["review"])

    def _sampled(
        self, log: pl.LazyFrame, kind: Literal["item", "user"], most: int, random: np.random.Generator
    ) -> "_Sample":
        """Return a sample of at most ``most`` interactions of each entity, in the order of the log."""
        numbers = log.select("interaction", kind).sort("interaction").collect()
        drawn = numbers.with_columns(draw=pl.Series(random.random(len(numbers)), dtype=pl.Float64))
        kept = drawn.sort(kind, "draw").group_by(kind, maintain_order=True).head(most)
        cut = pl.col("review").str.strip_chars().str.slice(0, self.sampling.review_characters)
        # Only sampled reviews are read, since a log may be larger than memory.
        rows = log.join(kept.lazy().select("interaction"), on="interaction", how="semi").with_columns(cut).collect()
        return _Sample(rows, kind)

    def sources(self) -> pl.DataFrame:
        """Return the interactions behind the facts of every entity: kind, id, and list of interaction ids."""
        return pl.concat([self.of_items.sources(), self.of_users.sources()])

    def count(self, kind: Kind) -> int:
        """Return the number of entities."""
        return len(self.tables[kind])


class _Sample:
    """Sampled interactions of entities in one table, which takes a tenth of the memory of Python objects.

    Args:
        rows: the interactions.
        kind: column of the entities' ids.
    """

    def __init__(self, rows: pl.DataFrame, kind: str) -> None:
        self.rows = rows.sort(kind, "interaction")
        self.kind = kind
        self.ids = self.rows[kind].to_numpy()

    def rows_of(self, entity: int) -> list[dict]:
        """Return the interactions of one entity, in the order of the log."""
        first, last = np.searchsorted(self.ids, [entity, entity + 1])
        return self.rows.slice(first, last - first).rows(named=True)

    def sources(self) -> pl.DataFrame:
        """Return the interaction ids of every entity that has some."""
        of_each = self.rows.group_by(self.kind, maintain_order=True).agg(interactions=pl.col("interaction"))
        return of_each.select(kind=pl.lit(self.kind), id=pl.col(self.kind).cast(pl.Int64), interactions="interactions")


def _texts(table: pl.DataFrame, sampling: Sampling) -> list[tuple[str, str]]:
    """Return the title and metadata of each entity."""
    absent = [pl.lit("").alias(name) for name in ("title", "metadata") if name not in table.columns]
    most = {"title": sampling.title_characters, "metadata": sampling.metadata_characters}
    cut = [pl.col(name).str.strip_chars().str.slice(0, characters) for name, characters in most.items()]
    return table.with_columns(absent).select(cut).rows()
