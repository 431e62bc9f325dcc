"""LightGCL."""

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.normalising import normalised
from rlmrec.backbones.singular_vectors import singular_vectors
from rlmrec.common.option_types import Layers, Rate
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import mean_log_sum_exp, weighted_mean

CLAMP = 5.0
"""Largest magnitude of a node's own similarity, divided by the temperature, in the loss."""


class LightGCL(Backbone):
    """Cai et al., "LightGCL: Simple Yet Effective Graph Contrastive Learning for Recommendation" (ICLR 2023).

    Node embeddings are the sum of all layers, ``E_l = A E_(l-1)``. They are contrasted with ``G``, the sum of ``G_l = U
    S (V' E_(l-1))``, which captures the whole graph by a few singular vectors of the normalised interactions. The loss
    of a node of the batch is ``log sum exp(G.E / temperature)`` over all nodes of its side, minus its own ``G.E /
    temperature`` clamped to -5 ... 5. Users are weighted by their occurrences in the batch, and so are items, positives
    and negatives together. Embeddings are not normalised.

    The published code approximates the singular vectors by a randomised method; here they are exact up to rounding.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        num_vectors: number of singular vectors, fewer if the interactions have fewer.
        keep_rate: share of the edges that each layer keeps in training, whose weights are divided by it.
        ssl_weight: weight of the contrast.
        ssl_temperature: temperature of the contrast.
    """

    has_static_shapes = True
    left: Tensor
    right: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: Layers = 2,
        num_vectors: PositiveInt = 5,
        keep_rate: Rate = 1.0,
        ssl_weight: NonNegativeFloat = 0.2,
        ssl_temperature: PositiveFloat = 0.2,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.keep_rate = keep_rate
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature
        for name, vectors in zip(("left", "right"), scaled_vectors(interactions, num_vectors), strict=True):
            self.register_buffer(name, vectors, persistent=False)

    def encode(self, initial: Tensor) -> Encoding:
        layer, total, seen = initial, initial, initial
        for _ in range(self.num_layers):
            users, items = self.split(layer)
            seen = seen + torch.cat([self.left @ (self.right.T @ items), self.right @ (self.left.T @ users)])
            weight = None if self.keep_rate == 1 else self.graph.drop(self.keep_rate) / self.keep_rate
            layer = self.graph.propagate(layer, weight)
            total = total + layer
        return Encoding(total, seen)

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.initial_embeddings, self.num_layers)

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        ssl = encoding.nodes.new_zeros(())
        for groups, candidates in zip(([users], items), self.split(encoding.nodes), strict=True):
            found = batch.unique_ids(groups, len(encoding.nodes))
            seen = encoding.views[found.ids] / self.ssl_temperature
            own = (seen * encoding.nodes[found.ids]).sum(1).clamp(-CLAMP, CLAMP)
            ssl = ssl + mean_log_sum_exp(seen, candidates, found.counts) - weighted_mean(own, found.counts)
        return super().losses(encoding, batch) | {"ssl": self.ssl_weight * ssl}


def scaled_vectors(interactions: Interactions, count: int) -> tuple[Tensor, Tensor]:
    """Return the first singular vectors of users and of items, each times the square root of its singular value.

    Args:
        interactions: interactions, normalised to ``1 / sqrt(deg(u) deg(i))``.
        count: number ``q`` of vectors, limited to one less than there are users or items.

    Returns:
        Factors ``(num_users, q)`` and ``(num_items, q)``, whose product is the best approximation of rank ``q``.
    """
    left, values, right = singular_vectors(normalised(interactions.matrix()), count, np.random.default_rng(0))
    root = np.sqrt(np.maximum(values, 0))
    return torch.from_numpy((left * root).astype(np.float32)), torch.from_numpy((right * root).astype(np.float32))
