"""A random split of every user's interactions."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from rlmrec.common.option_types import Seed
from rlmrec.preparation.splits.base import TRAIN, Orphans, Shares, by_shares, within_users


@dataclass(frozen=True)
class RandomPerUser:
    """A random split into the same shares of every user's interactions, at least one of them for training.

    Args:
        shares: relative sizes of training, validation and test.
        seed: seed of the draw.
        orphans: treatment of users without training interactions, of which there are none; ``move`` also gives every
            item a training interaction.
    """

    shares: Shares = (3, 1, 1)
    seed: Seed = 0
    orphans: Orphans = "move"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        keys = np.random.default_rng([self.seed, 2]).random(len(log))
        positions, counts = within_users(log["user"].to_numpy(), (keys,))
        parts = by_shares((positions + 0.5) / counts, self.shares)
        parts[positions == 0] = TRAIN
        return parts
