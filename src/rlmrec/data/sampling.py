"""Uniform negative sampling that avoids training items."""

import torch
from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.graph import Interactions


class NegativeSampler:
    """A sampler that gives each user of a batch an item without a training interaction of that user (quirk Q17).

    Args:
        interactions: the training interactions.

    Raises:
        UserError: if a user interacted with every item, so that no negative exists.
    """

    def __init__(self, interactions: Interactions) -> None:
        self.num_items = interactions.num_items
        self.known = (interactions.users * self.num_items + interactions.items).unique()  # sorted, (E,)
        full = (self.known // self.num_items).bincount() >= self.num_items
        if full.any():
            user = int(full.nonzero()[0])
            raise UserError(f"user {user} interacted with all {self.num_items} items: no negative item exists")

    def sample(self, users: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one item for each user, ``(B,)`` to ``(B,)``; items that were interacted with are drawn again."""
        items = torch.randint(self.num_items, users.shape, generator=generator)
        rejected = self._is_known(users, items).nonzero()[:, 0]
        while len(rejected):
            items[rejected] = torch.randint(self.num_items, rejected.shape, generator=generator)
            rejected = rejected[self._is_known(users[rejected], items[rejected])]
        return items

    def _is_known(self, users: Tensor, items: Tensor) -> Tensor:
        pairs = users * self.num_items + items
        position = torch.searchsorted(self.known, pairs).clamp_(max=len(self.known) - 1)
        return self.known[position] == pairs
