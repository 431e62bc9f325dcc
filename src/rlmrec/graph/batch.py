"""Batches of training and evaluation."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """A batch of training pairs; item numbers count from 0 and are not node ids.

    Args:
        users: ``(B,)`` int64.
        positives: interacted items, ``(B,)`` int64.
        negatives: sampled items, ``(B,)`` int64, or ``(B, n)`` where a step chooses among them; None for backbones
            that use none.
    """

    users: Tensor
    positives: Tensor
    negatives: Tensor | None

    def node_ids(self, num_users: int) -> list[Tensor]:
        """Return the node ids of users, positives and, if any, negatives, each ``(B,)``, or ``(B * n,)`` for these."""
        items = [ids.flatten() + num_users for ids in self[1:] if ids is not None]
        return [self.users, *items]


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
