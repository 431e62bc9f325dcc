"""The interface of splits."""

from typing import Annotated, Literal, Protocol

import numpy as np
import polars as pl
from pydantic import AfterValidator

from rlmrec.common.errors import UserError

TRAIN, VAL, TEST = 0, 1, 2
NAMES = ("train", "val", "test")

Orphans = Literal["move", "drop", "keep"]
"""Treatment of users without training interactions; see ``rlmrec.preparation.orphans``."""


class Split(Protocol):
    """A rule that assigns interactions to training, validation and test."""

    @property
    def orphans(self) -> Orphans:
        """Return the treatment of users without training interactions."""

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        """Return the part of every interaction.

        Args:
            log: ``E`` interactions: row, user and item (contiguous ids), timestamp (in microseconds), and part (of the
                source's own split, null if it has none).

        Returns:
            ``TRAIN``, ``VAL`` or ``TEST``, ``(E,)`` int8.

        Raises:
            UserError: if the log lacks the values that the split needs.
        """


def _possible(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if shares[0] <= 0 or min(shares) < 0:
        raise ValueError("the first must be above 0 and none below")
    return shares


Shares = Annotated[tuple[float, float, float], AfterValidator(_possible)]
"""Relative sizes of training, validation and test, in any unit."""


def by_shares(positions: np.ndarray, shares: tuple[float, float, float]) -> np.ndarray:
    """Assign parts by position in [0, 1): the first share to training, then validation, then test.

    Raises:
        UserError: if the training share is not positive, or a share is negative.
    """
    try:
        _possible(shares)
    except ValueError as error:
        raise UserError(f"split.shares={list(shares)}: {error}") from None
    borders = np.cumsum(shares)[:2] / sum(shares)
    return np.searchsorted(borders, positions, side="right").astype(np.int8)


def times(log: pl.DataFrame) -> np.ndarray:
    """Return the timestamp of every interaction, ``(E,)`` int64.

    Raises:
        UserError: if one is unknown.
    """
    unknown = log["timestamp"].null_count()
    if unknown:
        raise UserError(
            f"this split goes by time, but {unknown} of {len(log)} interactions have none: set "
            "source.columns.timestamp, or choose split=random"
        )
    return log["timestamp"].to_numpy()


def within_users(users: np.ndarray, keys: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of every interaction among those of its user.

    Args:
        users: user of each interaction, ``(E,)``.
        keys: sort keys of a user's interactions, the primary key last, ``(E,)`` each.

    Returns:
        Position from 0 and the number of the user's interactions, ``(E,)`` each.
    """
    order = np.lexsort((*keys, users))
    counts = np.bincount(users)
    starts = np.cumsum(counts) - counts
    positions = np.empty(len(users), dtype=np.int64)
    positions[order] = np.arange(len(users)) - starts[users[order]]
    return positions, counts[users]
