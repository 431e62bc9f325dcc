"""A random split of all interactions, regardless of the user."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from rlmrec.common.option_types import Seed
from rlmrec.preparation.splits.base import Orphans, Shares, by_shares


@dataclass(frozen=True)
class RandomInteractions:
    """A random split into exact shares of all interactions, as published with RLMRec (HKUDS/RLMRec, issue 4).

    Args:
        shares: relative sizes of training, validation and test.
        seed: seed of the draw.
        orphans: treatment of users without training interactions.
    """

    shares: Shares = (3, 1, 1)
    seed: Seed = 0
    orphans: Orphans = "move"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        ranks = np.random.default_rng([self.seed, 2]).permutation(len(log))
        return by_shares(ranks / max(len(log), 1), self.shares)
