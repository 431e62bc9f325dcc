"""Split at two moments."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from rlmrec.preparation.splits.base import Shares, by_shares, times


@dataclass(frozen=True)
class TemporalCut:
    """Everybody's past is for training, a later span for validation and the rest for test.

    The moments are those before which the shares of all interactions lie; what happened at the same moment stays
    together.

    Args:
        shares: of training, validation and test.
        orphans: what becomes of users who came after the first moment; to move their interactions to training would
            tell the future.
    """

    by_time: ClassVar[bool] = True

    shares: Shares = (3, 1, 1)
    orphans: Literal["drop", "keep"] = "drop"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        moments = times(log)
        earlier = np.searchsorted(np.sort(moments), moments)  # how many interactions were before
        return by_shares(earlier / max(len(log), 1), self.shares)
