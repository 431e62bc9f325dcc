"""Negatives drawn by popularity."""

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor

from rlmrec.data.negatives.base import NegativeSampler
from rlmrec.graph import Interactions

Exponent = Annotated[float, Ge(0), Le(2)]
"""Exponent of the popularity; above 2, all but a few items would practically never be drawn."""


class PopularityNegatives(NegativeSampler):
    """One item, in proportion to a power of its popularity, as for words in Mikolov et al. (NIPS 2013).

    Args:
        interactions: the training interactions.
        exponent: exponent of the number of the item's interactions plus one, which leaves every item a positive
            probability; 0 is uniform, 1 is proportional to popularity.
    """

    def __init__(self, interactions: Interactions, exponent: Exponent = 0.75) -> None:
        super().__init__(interactions)
        counts = interactions.items.bincount(minlength=self.num_items).double()
        logarithms = exponent * (counts + 1).log()
        self.weights = (logarithms - logarithms.max()).exp()
        self.ends = self.weights.cumsum(0)  # upper end of each item's interval, (num_items,)

    def chances(self) -> Tensor:
        return self.weights.clone()

    def draw(self, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        places = torch.rand(tuple(shape), generator=generator, dtype=torch.float64) * self.ends[-1]
        return torch.searchsorted(self.ends, places, right=True).clamp_(max=self.num_items - 1)
