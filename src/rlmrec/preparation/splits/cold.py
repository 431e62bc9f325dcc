"""A split with cold users or items, known in training only by their text."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from rlmrec.common.option_types import Seed
from rlmrec.preparation.splits.base import Shares, by_shares


@dataclass(frozen=True)
class ColdEntities:
    """A split that holds out all interactions of some users or items.

    Validation and test have different users or items, so that model selection on validation uses nothing of those in
    the test.

    Args:
        of: whether users or items are held out.
        shares: relative numbers of users or items for training, validation and test.
        seed: seed of the draw.
        orphans: treatment of users without training interactions; ``move`` is not allowed, since it would make cold
            entities known.
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
