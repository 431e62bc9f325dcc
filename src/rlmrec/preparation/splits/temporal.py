"""A split at two moments in time."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from rlmrec.preparation.splits.base import Shares, by_shares, times


@dataclass(frozen=True)
class TemporalCut:
    """A split into the past of all users for training, a later period for validation and the rest for test.

    The two moments divide all interactions by the given shares; simultaneous interactions stay together.

    Args:
        shares: relative sizes of training, validation and test.
        orphans: treatment of users without interactions before the first moment; ``move`` is not allowed, since
            training would see the future.
    """

    by_time: ClassVar[bool] = True

    shares: Shares = (3, 1, 1)
    orphans: Literal["drop", "keep"] = "drop"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        moments = times(log)
        earlier = np.searchsorted(np.sort(moments), moments)  # number of earlier interactions
        return by_shares(earlier / max(len(log), 1), self.shares)
