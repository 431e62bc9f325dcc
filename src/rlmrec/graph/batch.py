"""Batches of training and evaluation."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Batch(NamedTuple):
    """A batch of training pairs; item numbers count from 0 and are not node ids.

    Args:
        users: user numbers, ``(B,)`` int64.
        positives: interacted items, ``(B,)`` int64.
        negatives: sampled items, ``(B,)`` int64, or ``(B, n)`` if a step chooses among ``n`` candidates; None for
            backbones without negatives.
        weights: 1 for pairs and 0 for padding, ``(B,)`` float; no tensor shape may then depend on the pairs, as CUDA
            graphs require. None: all pairs count, and shapes may depend on them.
    """

    users: Tensor
    positives: Tensor
    negatives: Tensor | None
    weights: Tensor | None = None

    def node_ids(self, num_users: int) -> list[Tensor]:
        """Return the node ids of users, positives and negatives (if any), each ``(B,)``, negatives ``(B * n,)``."""
        items = [ids.flatten() + num_users for ids in (self.positives, self.negatives) if ids is not None]
        return [self.users, *items]

    def unique_ids(self, groups: Sequence[Tensor], total: int) -> "UniqueIds":
        """Return the ids that occur in some parts of the batch taken together, and how often.

        Args:
            groups: ids of one kind, each ``(B,)``.
            total: number of ids that exist.
        """
        ids = torch.cat([*groups])
        if self.weights is None:
            distinct, counts = ids.unique(return_counts=True)
            return UniqueIds(distinct, counts, None)
        weights = self.weights.repeat(len(groups))
        counts = weights.new_zeros(total).index_add(0, ids, weights)
        return UniqueIds(ids, weights, weights / counts[ids].clamp(min=1))


class UniqueIds(NamedTuple):
    """Ids that occur in a batch: distinct ids with their counts or, in a batch of fixed shape, one id per place.

    Args:
        ids: ids, ``(n,)``.
        counts: number of occurrences of each id, ``(n,)``; 1 or 0 if there is one id per place.
        once: weights with which each distinct id counts once, ``(n,)``; None if the ids are distinct.
    """

    ids: Tensor
    counts: Tensor
    once: Tensor | None

    @property
    def number(self) -> int | Tensor:
        """Return the number of distinct ids."""
        return len(self.ids) if self.once is None else self.once.sum()


class EvaluationBatch(NamedTuple):
    """A chunk of users for whom all items are ranked; rows are positions within the chunk.

    Args:
        users: user numbers, ``(V,)`` int64.
        seen: rows and items of interactions that are left out of the ranking, ``(2, S)``.
        held_out: rows and items of relevant interactions, ``(2, R)``.
    """

    users: Tensor
    seen: Tensor
    held_out: Tensor
