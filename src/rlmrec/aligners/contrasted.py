"""The nodes whose profiles a node is contrasted with in contrastive alignment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rlmrec.graph.batch import UniqueIds

ContrastWith = Literal["all_users", "batch", "sampled", "all_items"]


class Contrasted(NamedTuple):
    """Candidates of the contrastive loss, all of one kind: users or items.

    Args:
        rows: rows of the candidates in the profile embeddings, ``(k,)``.
        positive_index: position of each node of the batch among the candidates, ``(n,)``.
        candidate_weights: number of nodes that each candidate counts for, ``(k,)``; one if None.
    """

    rows: Tensor | slice
    positive_index: Tensor
    candidate_weights: Tensor | None


Contrast = Callable[[range, UniqueIds, int], Contrasted]


def all_nodes(kind: range, found: UniqueIds, num_sampled: int) -> Contrasted:
    """Contrast with all nodes of the kind, as published for users.

    Args:
        kind: node ids of all users, or of all items.
        found: those in the batch.
        num_sampled: not used.
    """
    return Contrasted(slice(kind.start, kind.stop), found.ids - kind.start, None)


def sampled(kind: range, found: UniqueIds, num_sampled: int) -> Contrasted:
    """Contrast with the nodes of the batch and random others, weighted so that they estimate the sum over all."""
    ids = found.ids
    drawn = torch.randperm(len(kind), device=ids.device)[:num_sampled] + kind.start
    others = drawn[~torch.isin(drawn, ids)]
    weights = torch.ones(len(ids) + len(others), device=ids.device)
    weights[len(ids) :] = (len(kind) - len(ids)) / max(1, len(others))
    positive_index = torch.arange(len(ids), device=ids.device)
    return Contrasted(torch.cat([ids, others]), positive_index, weights)


CONTRASTS: dict[ContrastWith, tuple[Contrast | None, Contrast | None]] = {
    "all_users": (all_nodes, None),
    "batch": (None, None),
    "sampled": (sampled, None),
    "all_items": (all_nodes, all_nodes),
}
"""The users and items that a batch is contrasted with; None: with those of the batch, as often as they occur."""
