"""Entities of which training sees nothing but their text."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from rlmrec.common.option_types import Seed
from rlmrec.preparation.splits.base import Shares, by_shares


@dataclass(frozen=True)
class ColdEntities:
    """All interactions of some users or items are held out.

    Those for validation and those for test are different users or items, so that choosing a model on validation tells
    it nothing of those that it is tested on.

    Args:
        of: whether users or items are held out.
        shares: of users or items for training, validation and test.
        seed: of the draw.
        orphans: what becomes of users without training interactions; to move one there would make what is cold known.
    """

    of: Literal["user", "item"]
    shares: Shares = (8, 1, 1)
    seed: Seed = 0
    orphans: Literal["drop", "keep"] = "keep"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        entities = log[self.of].to_numpy()
        count = int(entities.max()) + 1
        ranks = np.random.default_rng([self.seed, 2]).permutation(count)
        return by_shares(ranks / count, self.shares)[entities]
