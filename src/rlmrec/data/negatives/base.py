"""The interface of negative samplers, and rejection of training items."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.data.matrices import pair_codes
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch

Score = Callable[[Tensor, Tensor], Tensor]
"""Scores ``(B, n)`` of users ``(B, n)`` and items ``(B, n)``, as computed by the model in a training step."""


ROUNDS = 100
"""Number of redraws after which the remaining pairs get items drawn from the user's non-interactions."""


class NoNegatives(UserError):
    """An error for a user who interacted with every item.

    Args:
        user: id or name of the user.
        num_items: number of items.
    """

    def __init__(self, user: int | str, num_items: int) -> None:
        super().__init__(
            f"user {user} interacted with all {num_items} items, so that there is no negative to draw: leave such "
            "users out of the data, or choose a backbone that draws none, such as directau"
        )
        self.user, self.num_items = user, num_items


class NegativeSampler(ABC):
    """A sampler of items that a user has no training interaction with (quirk Q17).

    Args:
        interactions: the training interactions.

    Raises:
        NoNegatives: if a user interacted with every item.
    """

    num_drawn: int | None = None
    """Number ``n`` of items drawn for every pair; None for one item without a dimension of its own."""

    def __init__(self, interactions: Interactions) -> None:
        self.num_items = interactions.num_items
        self.known = pair_codes(interactions.users, interactions.items, self.num_items).unique()  # sorted, (E,)
        full = (self.known // self.num_items).bincount() >= self.num_items
        if full.any():
            raise NoNegatives(int(full.nonzero()[0]), self.num_items)

    @abstractmethod
    def draw(self, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        """Draw items regardless of the user, int64 of this shape; every item must have a positive probability."""

    def chances(self) -> Tensor:
        """Return the relative frequency of each item in ``draw``, ``(num_items,)`` float64; uniform by default.

        Samplers with a non-uniform ``draw`` override this.
        """
        return torch.ones(self.num_items, dtype=torch.float64)

    def sample(self, users: Tensor, generator: torch.Generator) -> Tensor:
        """Draw items for each user, ``(B,)`` to ``(B,)`` or ``(B, n)``; training items are rejected and redrawn.

        Raises:
            UserError: if the items would not fit into memory.
        """
        if self.num_drawn is None:
            return self._without_known(users, generator)
        drawn = len(users) * self.num_drawn
        refuse_beyond_memory(8 * 4 * drawn, f"negatives: {self.num_drawn} items for each of {len(users)} pairs")
        return self._without_known(users.repeat_interleave(self.num_drawn), generator).view(-1, self.num_drawn)

    def pairs(self, batch: Batch, score: Score) -> Batch:
        """Return the pairs for the losses, with one negative each; by default, the batch unchanged.

        Args:
            batch: batch with the negatives from ``sample``, ``(B,)`` or ``(B, n)``.
            score: function that scores pairs of users and items.
        """
        return batch

    def _without_known(self, users: Tensor, generator: torch.Generator) -> Tensor:
        items = self.draw(users.shape, generator)
        rejected = self._is_known(users, items).nonzero()[:, 0]
        for _ in range(ROUNDS):
            if not len(rejected):
                return items
            items[rejected] = self.draw(rejected.shape, generator)
            rejected = rejected[self._is_known(users[rejected], items[rejected])]
        for user in users[rejected].unique().tolist():  # the few users who know nearly all drawn items
            places = rejected[users[rejected] == user]
            items[places] = self._unknown(user, len(places), generator)
        return items

    def _unknown(self, user: int, count: int, generator: torch.Generator) -> Tensor:
        """Draw items that a user has not interacted with, ``(count,)``, with the relative frequencies of ``draw``."""
        borders = torch.searchsorted(self.known, torch.tensor([user, user + 1]) * self.num_items).tolist()
        chances = self.chances()
        chances[self.known[slice(*borders)] - user * self.num_items] = 0
        ends = chances.cumsum(0)
        places = torch.rand(count, generator=generator, dtype=torch.float64) * ends[-1]
        return torch.searchsorted(ends, places, right=True).clamp_(max=int(chances.nonzero()[-1]))

    def _is_known(self, users: Tensor, items: Tensor) -> Tensor:
        pairs = pair_codes(users, items, self.num_items)
        position = torch.searchsorted(self.known, pairs).clamp_(max=len(self.known) - 1)
        return self.known[position] == pairs
