"""The contrast of two views, used by SGL and SimGCL."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.base import Backbone
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


def with_noise(layer: Tensor, scale: float) -> Tensor:
    """Add noise of length ``scale`` to node embeddings ``(N, d)``, in the orthant of each, as in SimGCL."""
    noise = normalize(torch.rand_like(layer), dim=-1)
    return layer + scale * noise * layer.detach().sign()


def view_contrast(backbone: Backbone, views: tuple[Tensor, Tensor], batch: Batch, temperature: float) -> Tensor:
    """Return InfoNCE of batch nodes in the first view against all nodes of their side in the second (quirk Q11).

    Args:
        backbone: backbone that splits nodes into users and items.
        views: two views of all nodes, each ``(N, d)``.
        batch: training batch, whose users, positives and negatives (unless None) each give a term.
        temperature: temperature of the contrast.

    Returns:
        The sum of the terms, a scalar.
    """
    first, second = views
    users, *items = batch.node_ids(backbone.num_users)
    loss = first.new_zeros(())
    # Positives and negatives share their candidates, so nodes that occur in both are contrasted once.
    for groups, candidates in zip(([users], items), backbone.split(second), strict=True):
        found = batch.unique_ids(groups, len(first))
        mean = info_nce(first[found.ids], second[found.ids], candidates, temperature, found.counts)
        loss = loss + len(groups) * mean
    return loss
