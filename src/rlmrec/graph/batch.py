"""Batches of training and evaluation."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Batch(NamedTuple):
    """A batch of training pairs; item numbers count from 0 and are not node ids.

    Args:
        users: ``(B,)`` int64.
        positives: interacted items, ``(B,)`` int64.
        negatives: sampled items, ``(B,)`` int64, or ``(B, n)`` where a step chooses among them; None for backbones
            that use none.
        weights: 1 for pairs and 0 for what fills the batch up, ``(B,)`` float. Then no shape may depend on the pairs,
            as CUDA graphs need it. None: all pairs count, and shapes may be as small as they can be.
    """

    users: Tensor
    positives: Tensor
    negatives: Tensor | None
    weights: Tensor | None = None

    def node_ids(self, num_users: int) -> list[Tensor]:
        """Return the node ids of users, positives and, if any, negatives, each ``(B,)``, or ``(B * n,)`` for these."""
        items = [ids.flatten() + num_users for ids in (self.positives, self.negatives) if ids is not None]
        return [self.users, *items]

    def unique_ids(self, groups: Sequence[Tensor], total: int) -> "UniqueIds":
        """Return which ids occur in some parts of the batch taken together, and how often.

        Args:
            groups: ids of one kind, each ``(B,)``.
            total: number of ids that there are.
        """
        ids = torch.cat([*groups])
        if self.weights is None:
            distinct, counts = ids.unique(return_counts=True)
            return UniqueIds(distinct, counts, None)
        weights = self.weights.repeat(len(groups))
        counts = weights.new_zeros(total).index_add(0, ids, weights)
        return UniqueIds(ids, weights, weights / counts[ids].clamp(min=1))


class UniqueIds(NamedTuple):
    """Ids that occur in a batch: distinct ones with their counts, or all places, in a batch of fixed shape.

    Args:
        ids: ``(n,)``.
        counts: how often each occurs, ``(n,)``; of places, 1 or 0.
        once: weights by which each distinct id counts once, ``(n,)``; None if the ids are distinct.
    """

    ids: Tensor
    counts: Tensor
    once: Tensor | None

    @property
    def number(self) -> int | Tensor:
        """Return the number of distinct ids."""
        return len(self.ids) if self.once is None else self.once.sum()


class EvaluationBatch(NamedTuple):
    """A chunk of users to rank all items for; ``rows`` count users within the chunk.

    Args:
        users: ``(V,)`` int64.
        seen: ``(2, S)`` row and item of interactions that leave the ranking.
        held_out: ``(2, R)`` row and item of relevant interactions.
    """

    users: Tensor
    seen: Tensor
    held_out: Tensor
