"""A split that holds out every user's last interactions."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from rlmrec.preparation.splits.base import TEST, TRAIN, VAL, Orphans, times, within_users


@dataclass(frozen=True)
class LeaveLast:
    """A split of every user's last interactions for test, those before for validation, the rest for training.

    A user's first interaction is always for training; users with few interactions fill test before validation.

    Args:
        val: number of validation interactions per user.
        test: number of test interactions per user.
        orphans: treatment of users without training interactions, of which there are none; ``move`` also gives every
            item a training interaction.
    """

    by_time: ClassVar[bool] = True

    val: NonNegativeInt = 1
    test: NonNegativeInt = 1
    orphans: Orphans = "keep"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        keys = (log["row"].to_numpy(), times(log))
        positions, counts = within_users(log["user"].to_numpy(), keys)
        from_end = counts - 1 - positions
        parts = np.full(len(log), TRAIN, dtype=np.int8)
        parts[from_end < self.test + self.val] = VAL
        parts[from_end < self.test] = TEST
        parts[positions == 0] = TRAIN
        return parts
