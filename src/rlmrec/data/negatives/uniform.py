"""Uniformly drawn negatives."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rlmrec.data.negatives.base import NegativeSampler


class UniformNegatives(NegativeSampler):
    """One item, drawn uniformly from those that the user did not interact with, as published.

    Args:
        interactions: the training interactions.
    """

    def draw(self, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        return torch.randint(self.num_items, tuple(shape), generator=generator)
