"""NGCF."""

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn.functional import dropout, leaky_relu, normalize

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Layers, Rate
from rlmrec.graph import Graph, Interactions

SLOPE = 0.2
"""Negative slope of LeakyReLU."""


class NGCF(Backbone):
    """Wang et al., "Neural Graph Collaborative Filtering" (SIGIR 2019), with BPR.

    A layer is ``LeakyReLU(W1 (A + I) e + W2 (A e * e))`` with biases, followed by dropout and scaling to unit length.
    Node embeddings concatenate the initial embeddings and all layers, ``(N, (num_layers + 1) d)``. Weights are
    initialised Xavier normal, as in RecBole; initial embeddings as in all backbones.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        keep_rate: share of a layer's entries that dropout keeps and divides by it.
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: Layers = 3,
        keep_rate: Rate = 0.9,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.sums, self.products = (nn.ModuleList(_linear(embedding_dim) for _ in range(num_layers)) for _ in range(2))
        self.keep_rate = keep_rate

    @property
    def output_dim(self) -> int:
        return (len(self.sums) + 1) * self.embedding_dim

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(self._nodes(initial, 1 - self.keep_rate))

    def embed(self) -> Tensor:
        return self._nodes(self.initial_embeddings, 0.0)

    def _nodes(self, initial: Tensor, dropped: float) -> Tensor:
        layer, layers = initial, [initial]
        for of_sum, of_product in zip(self.sums, self.products, strict=True):
            received = self.graph.propagate(layer)
            messages = of_sum(layer + received) + of_product(received * layer)
            layer = dropout(leaky_relu(messages.to(layer.dtype), SLOPE), dropped)
            layer = normalize(layer, dim=1)
            layers.append(layer)
        return torch.cat(layers, dim=1)


def _linear(width: int) -> nn.Linear:
    layer = nn.Linear(width, width)
    nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
