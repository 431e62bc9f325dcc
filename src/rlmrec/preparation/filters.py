"""Filters of interactions, which return a mask of those to keep."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Rate, Seed
from rlmrec.data.matrices import pair_codes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@runtime_checkable
class Filter(Protocol):
    """A rule that selects interactions."""

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        """Return the mask of the interactions to keep.

        Args:
            log: ``E`` interactions with the columns of ``IntegerLog.rows``, in the raw order.

        Returns:
            A mask, ``(E,)``.

        Raises:
            UserError: if the log lacks the values that the filter needs.
        """


@dataclass(frozen=True)
class Complete:
    """A filter that keeps records with both a user and an item."""

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        return log.select(pl.col("user").is_not_null() & pl.col("item").is_not_null()).to_series().to_numpy()


@dataclass(frozen=True)
class RatingThreshold:
    """A filter that keeps interactions with a high rating; those without a rating are dropped.

    Args:
        at_least: lowest rating to keep; None keeps all interactions.
    """

    at_least: float | None = None

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        if self.at_least is None:
            return np.ones(len(log), dtype=bool)
        if len(log) and log["rating"].null_count() == len(log):
            raise UserError(
                f"filters.rating.at_least={self.at_least:g}, but there are no ratings: set source.columns.rating, or "
                "filters.rating.at_least=null"
            )
        return (log["rating"] >= self.at_least).fill_null(False).to_numpy()


@dataclass(frozen=True)
class Period:
    """A filter that keeps interactions within a period; those without a time are dropped.

    Args:
        start: first moment to keep, as an ISO date or time in UTC; None for no lower bound.
        end: first moment to drop after the period; None for no upper bound.
    """

    start: str | None = None
    end: str | None = None

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        chosen = {name: moment for name in ("start", "end") if (moment := getattr(self, name)) is not None}
        if not chosen:
            return np.ones(len(log), dtype=bool)
        if len(log) and log["timestamp"].null_count() == len(log):
            raise UserError(
                f"filters.period.{next(iter(chosen))}, but there are no times: set source.columns.timestamp"
            )
        inside = pl.col("timestamp").is_not_null()
        if self.start is not None:
            inside &= pl.col("timestamp") >= _microseconds("start", self.start)
        if self.end is not None:
            inside &= pl.col("timestamp") < _microseconds("end", self.end)
        return log.select(inside).to_series().to_numpy()


def _microseconds(name: str, moment: str) -> int:
    """Return a moment in microseconds since 1970."""
    try:
        time = datetime.fromisoformat(moment)
    except ValueError:
        raise UserError(f"filters.period.{name}={moment}: write it like 2020-01-31 or '2020-01-31T12:00:00'") from None
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class UserSample:
    """A filter that keeps all interactions of a random share of the users.

    Args:
        share: share of the users to keep.
        seed: seed of the draw.
    """

    share: Rate = 1.0
    seed: Seed = 0

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        users = log["user"].to_numpy()
        present = np.bincount(users) > 0
        everyone = np.flatnonzero(present)
        size = max(1, round(self.share * len(everyone)))
        chosen = np.zeros_like(present)
        chosen[np.random.default_rng([self.seed, 1]).permutation(everyone)[:size]] = True
        return chosen[users]


@dataclass(frozen=True)
class OneOfRepeated:
    """A filter that keeps one interaction of each pair of user and item.

    If the source has a split of its own, a training interaction takes precedence over a held-out one, since an
    interaction seen in training cannot serve as a test.

    Args:
        which: ``latest`` or ``earliest``; without times, the last or first in the file. Before a split by time,
            ``latest`` moves interactions with items that a user already knew into validation and test.
    """

    which: Literal["latest", "earliest"] = "latest"

    def __post_init__(self) -> None:
        if self.which not in ("latest", "earliest"):
            raise UserError(f"filters.repeated.which={self.which}: valid are latest, earliest")

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        users, items = (log[column].to_numpy().astype(np.int64) for column in ("user", "item"))
        bounds, sign = np.iinfo(np.int64), -1 if self.which == "latest" else 1
        times = log["timestamp"].fill_null(bounds.min if self.which == "latest" else bounds.max).to_numpy()
        pairs = pair_codes(users, items, int(items.max(initial=0)) + 1)
        parts = sign * log["part"].fill_null(0).to_numpy() if "part" in log.columns else np.zeros(len(log), np.int8)
        order = np.lexsort((times, parts, pairs))  # stable: ties are broken by the order in the file
        changes = pairs[order][1:] != pairs[order][:-1]
        ends = np.ones(len(log), dtype=bool)
        ends[slice(None, -1) if self.which == "latest" else slice(1, None)] = changes
        mask = np.empty(len(log), dtype=bool)
        mask[order] = ends
        return mask


@dataclass(frozen=True)
class MinimumText:
    """A filter that keeps interactions with enough text.

    Args:
        review_characters: minimum length of the review.
        item_characters: minimum total length of the item's title and metadata.
    """

    review_characters: NonNegativeInt = 0
    item_characters: NonNegativeInt = 0

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        long_enough = [pl.col(name) >= getattr(self, name) for name in ("review_characters", "item_characters")]
        return log.select(pl.all_horizontal(long_enough)).to_series().to_numpy()


@dataclass(frozen=True)
class Core:
    """A filter that keeps the largest set of users and items with enough interactions among each other (k-core).

    Args:
        users: minimum number of interactions of every user.
        items: minimum number of interactions of every item.
    """

    users: NonNegativeInt = 10
    items: NonNegativeInt = 10

    def keep(self, log: pl.DataFrame) -> np.ndarray:
        left = np.arange(len(log))
        users, items = (log[column].to_numpy() for column in ("user", "item"))
        while True:
            frequent = np.bincount(users)[users] >= self.users
            frequent &= np.bincount(items)[items] >= self.items
            if frequent.all():
                break
            left, users, items = left[frequent], users[frequent], items[frequent]
        mask = np.zeros(len(log), dtype=bool)
        mask[left] = True
        return mask
