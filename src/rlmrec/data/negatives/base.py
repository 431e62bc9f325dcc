"""The interface of every way to choose negatives, which avoids training items."""

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
"""Scores of users ``(B, n)`` and items ``(B, n)``, ``(B, n)``, as the model gives them in a training step."""


ROUNDS = 100
"""Draws after which the few users who are left get items that are chosen among those they do not know."""


class NoNegatives(UserError):
    """A user interacted with every item.

    Args:
        user: number of the user, or a name.
        num_items: number of items.
    """

    def __init__(self, user: int | str, num_items: int) -> None:
        super().__init__(
            f"user {user} interacted with all {num_items} items, so that there is no negative to draw: leave such "
            "users out of the data, or choose a backbone that draws none, such as directau"
        )
        self.user, self.num_items = user, num_items


class NegativeSampler(ABC):
    """A sampler that gives each user of a batch items without a training interaction of that user (quirk Q17).

    Args:
        interactions: the training interactions.

    Raises:
        NoNegatives: if a user interacted with every item.
    """

    num_drawn: int | None = None
    """Items ``n`` drawn for every pair; None: one, which has no dimension of its own."""

    def __init__(self, interactions: Interactions) -> None:
        self.num_items = interactions.num_items
        self.known = pair_codes(interactions.users, interactions.items, self.num_items).unique()  # sorted, (E,)
        full = (self.known // self.num_items).bincount() >= self.num_items
        if full.any():
            raise NoNegatives(int(full.nonzero()[0]), self.num_items)

    @abstractmethod
    def draw(self, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        """Draw items for any user, int64 of this shape; every item must be possible."""

    def chances(self) -> Tensor:
        """Return how often ``draw`` gives each item, in proportion, ``(num_items,)`` float64; equally often by default.

        A sampler that draws in another way has its own.
        """
        return torch.ones(self.num_items, dtype=torch.float64)

    def sample(self, users: Tensor, generator: torch.Generator) -> Tensor:
        """Draw items for each user, ``(B,)`` to ``(B,)`` or ``(B, n)``; those interacted with are drawn again.

        Raises:
            UserError: if they would not fit into memory.
        """
        if self.num_drawn is None:
            return self._without_known(users, generator)
        drawn = len(users) * self.num_drawn
        refuse_beyond_memory(8 * 4 * drawn, f"negatives: {self.num_drawn} items for each of {len(users)} pairs")
        return self._without_known(users.repeat_interleave(self.num_drawn), generator).view(-1, self.num_drawn)

    def pairs(self, batch: Batch, score: Score) -> Batch:
        """Return the pairs that the losses see, with one negative each; those of the batch by default.

        Args:
            batch: as ``sample`` made its negatives, ``(B,)`` or ``(B, n)``.
            score: of any users and items.
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
        for user in users[rejected].unique().tolist():  # few: those who know nearly all that is drawn
            places = rejected[users[rejected] == user]
            items[places] = self._unknown(user, len(places), generator)
        return items

    def _unknown(self, user: int, count: int, generator: torch.Generator) -> Tensor:
        """Draw items that a user does not know, ``(count,)``, as often as ``draw`` gives them."""
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
