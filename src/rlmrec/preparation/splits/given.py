"""The split of the source."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Rate, Seed
from rlmrec.preparation.splits.base import TRAIN, VAL, Orphans, within_users


@dataclass(frozen=True)
class GivenSplit:
    """A split that keeps that of the source.

    Many published splits have only training and test, and select models on the test. Here, the validation set is then
    taken from training, as a share of every user's interactions, rounded up or down at random so that users with few
    interactions are included; the test set is unchanged. One interaction of every user, and of every item, always stays
    in training.

    Args:
        val_share: share of every user's training interactions for validation, if the source has no validation.
        seed: seed of the draw.
        orphans: treatment of users without training interactions.
    """

    val_share: Rate = 0.1
    seed: Seed = 0
    orphans: Orphans = "keep"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        unknown = log["part"].null_count()
        if unknown:
            raise UserError(
                f"split=given, but the source has none for {unknown} of {len(log)} interactions: name the files of "
                "each part, such as 'source.interactions={train:a.csv,test:b.csv}', or choose another split"
            )
        parts = log["part"].to_numpy().astype(np.int8)
        if (parts == VAL).any() or not self.val_share:
            return parts
        cut = self._cut(*(log[name].to_numpy()[parts == TRAIN] for name in ("user", "item")))
        print(f"the source has no validation: {cut.sum():,} of {len(cut):,} training interactions were taken for it")
        parts = parts.copy()
        parts[np.flatnonzero(parts == TRAIN)[cut]] = VAL
        return parts

    def _cut(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the mask of the training interactions that become validation, ``(T,)``."""
        random = np.random.default_rng([self.seed, 2])
        positions, counts = within_users(users, (random.random(len(users)),))
        rounding = random.random(int(users.max(initial=-1)) + 1)[users]
        cut = (positions > 0) & (positions >= counts - np.floor(counts * self.val_share + rounding))
        without_training = np.bincount(items[~cut], minlength=int(items.max(initial=-1)) + 1) == 0
        return cut & ~without_training[items]
