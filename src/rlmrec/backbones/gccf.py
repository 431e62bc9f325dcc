"""GCCF."""

import torch
from pydantic import PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Layers
from rlmrec.graph import Graph, Interactions


class GCCF(Backbone):
    """Chen et al., "Revisiting Graph Based Collaborative Filtering" (AAAI 2020): linear layers, concatenated.

    The published code also has square matrices per layer that only the L2 term uses; they are left out (quirk Q5).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of a layer; the output is ``(num_layers + 1) d`` wide.
        num_layers: number of propagation layers.
        self_loops: whether every node has a self-loop. The published code has them for the plain model only (quirk Q1).
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 2,
        self_loops: bool = True,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions, self_loops)
        self.num_layers = num_layers

    @property
    def output_dim(self) -> int:
        return (self.num_layers + 1) * self.embedding_dim

    def encode(self, initial: Tensor) -> Encoding:
        layers = [initial]
        for _ in range(self.num_layers):
            layers.append(self.graph.propagate(layers[-1]))
        return Encoding(torch.cat(layers, dim=1))

    def embed(self) -> Tensor:
        return self.encode(self.initial_embeddings).nodes
