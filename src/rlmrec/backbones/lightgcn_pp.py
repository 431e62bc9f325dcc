"""LightGCN++."""

import torch
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import SomeLayers
from rlmrec.graph import Graph, Interactions


class LightGCNPlusPlus(Backbone):
    """Lee et al., "Revisiting LightGCN: Unexpected Inflexibility, Inconsistency, and A Remedy" (RecSys 2024).

    Each layer scales embeddings to unit length and sums them over neighbours: ``x_r <- sum_c deg(r)^-alpha
    deg(c)^-beta x_c / |x_c|``. Node embeddings are ``gamma e_0 + (1 - gamma) mean(e_1, ..., e_L)``, trained with BPR.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers ``L``.
        alpha: exponent that reduces the sums of nodes with many neighbours.
        beta: exponent that reduces the influence of neighbours of high degree; below 0 it increases it.
        gamma: weight of the initial embeddings.
    """

    has_static_shapes = True
    weight: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: SomeLayers = 2,
        alpha: float = 0.6,
        beta: float = -0.1,
        gamma: float = 0.2,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        degree = self.graph.degree().clamp(min=1)
        weight = degree[self.graph.row.long()] ** -alpha * degree[self.graph.col.long()] ** -beta
        self.register_buffer("weight", weight, persistent=False)
        self.num_layers = num_layers
        self.gamma = gamma

    def encode(self, initial: Tensor) -> Encoding:
        layer, total = initial, torch.zeros_like(initial)
        for _ in range(self.num_layers):
            layer = self.graph.propagate(normalize(layer, dim=1), self.weight)
            total = total + layer
        return Encoding(self.gamma * initial + (1 - self.gamma) / self.num_layers * total)

    def embed(self) -> Tensor:
        return self.encode(self.initial_embeddings).nodes
