"""Encoders of meaningless vectors, to measure what the text contributes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import PositiveInt

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Seed
from rlmrec.data.ablations.text_ablation import random_directions, shuffled_order
from rlmrec.text.encoder import Encoder, EncodeTexts, Places

MEANINGLESS = "the profile embeddings of this run do not follow from profiles, so that a further profile has none"


class RandomEncoder(Encoder):
    """An encoder of random directions, one for each user and item, even for equal profiles.

    Args:
        dim: width ``T`` of the vectors.
        seed: seed of the directions.
    """

    def __init__(self, dim: PositiveInt = 128, seed: Seed = 0) -> None:
        self.dim = dim
        self.seed = seed

    def identity(self) -> dict[str, Any]:
        return {"encoder": "random", "dim": self.dim, "seed": self.seed}

    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        return random_directions((len(texts), self.dim), self.seed)

    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        raise UserError(MEANINGLESS)


class ShuffledEncoder(Encoder):
    """An encoder that permutes another encoder's vectors among users and among items.

    Args:
        of: encoder whose vectors are permuted.
        seed: seed of the permutation.
    """

    def __init__(self, of: Encoder, seed: Seed = 0) -> None:
        self.of = of
        self.seed = seed

    def identity(self) -> dict[str, Any]:
        return {"encoder": "shuffled", "seed": self.seed, "of": self.of.identity()}

    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        vectors = self.of.encode_profiles(texts, num_users, places)
        return vectors[shuffled_order(len(texts), num_users, self.seed)]

    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        raise UserError(MEANINGLESS)

    def versions(self) -> dict[str, str]:
        """Return the library versions of this and the other encoder."""
        return super().versions() | self.of.versions()
