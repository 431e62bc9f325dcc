"""Candidates of contrastive alignment: the nodes whose profiles a node is contrasted with."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rlmrec.graph.batch import UniqueIds

ContrastWith = Literal["all_users", "batch", "sampled", "all_items"]


class Contrasted(NamedTuple):
    """Candidates of the contrastive loss, either users or items.

    Args:
        rows: rows of the candidates in the profile embeddings, ``(k,)``.
        positive_index: position of each node of the batch among the candidates, ``(n,)``.
        candidate_weights: number of nodes that each candidate stands for, ``(k,)``; None: one each.
    """

    rows: Tensor | slice
    positive_index: Tensor
    candidate_weights: Tensor | None


Contrast = Callable[[range, UniqueIds, int], Contrasted]


def all_nodes(kind: range, found: UniqueIds, num_sampled: int) -> Contrasted:
    """Contrast with all nodes of a kind, as published for users.

    Args:
        kind: node ids of all users, or of all items.
        found: ids of this kind in the batch.
        num_sampled: not used.
    """
    return Contrasted(slice(kind.start, kind.stop), found.ids - kind.start, None)


def sampled(kind: range, found: UniqueIds, num_sampled: int) -> Contrasted:
    """Contrast with the nodes of the batch and random others, weighted to estimate the sum over all nodes."""
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
"""Candidates for users and for items of a batch; None: those of the batch, counted as often as they occur."""
