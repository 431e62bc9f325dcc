"""The contrast between two views that SGL and SimGCL share."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.base import Backbone
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


def with_noise(layer: Tensor, scale: float) -> Tensor:
    """Return node embeddings ``(N, d)`` with noise of a length, in the orthant of each, as SimGCL adds it."""
    noise = normalize(torch.rand_like(layer), dim=-1)
    return layer + scale * noise * layer.detach().sign()


def view_contrast(backbone: Backbone, views: tuple[Tensor, Tensor], batch: Batch, temperature: float) -> Tensor:
    """Return InfoNCE of every batch node's first view against the second views of all nodes of its side (quirk Q11).

    Args:
        backbone: splits nodes into users and items.
        views: two views of all nodes, each ``(N, d)``.
        batch: users, positives and, unless None, negatives each give a term.
        temperature: of the contrast.

    Returns:
        The sum of the terms, a scalar.
    """
    first, second = views
    users, *items = batch.node_ids(backbone.num_users)
    loss = first.new_zeros(())
    # Positives and negatives share their candidates: taken together, a node in both is contrasted once.
    for groups, candidates in zip(([users], items), backbone.split(second), strict=True):
        found = batch.unique_ids(groups, len(first))
        mean = info_nce(first[found.ids], second[found.ids], candidates, temperature, found.counts)
        loss = loss + len(groups) * mean
    return loss
