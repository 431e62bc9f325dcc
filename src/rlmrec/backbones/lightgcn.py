"""LightGCN."""

from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Layers, Rate
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.neighbour_sampling import sampled_layers


class LightGCN(Backbone):
    """He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation" (SIGIR 2020).

    As published in RLMRec, layers are summed, not averaged (quirk Q7), and training computes scores and alignment on a
    graph with dropped edges, drawn once for all layers of a pass (quirk Q6).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        keep_rate: share of directed edges kept in training.
        sampling: ``full`` propagates over the whole graph; ``neighbour`` computes only the nodes that a training step
            uses, from sampled neighbours (``rlmrec.graph.neighbour_sampling``). Evaluation always uses the whole graph.
        num_neighbours: largest number of neighbours read per node and layer with ``neighbour``.
    """

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 3,
        keep_rate: Rate = 0.8,
        sampling: Literal["full", "neighbour"] = "full",
        num_neighbours: PositiveInt = 10,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.keep_rate = keep_rate
        self.sampling = sampling
        self.has_static_shapes = sampling == "full"
        self.num_neighbours = num_neighbours
        self.used: Tensor | None = None

    def set_active_nodes(self, nodes: Tensor) -> None:
        self.used = nodes.unique() if self.sampling == "neighbour" else None

    def encode(self, initial: Tensor) -> Encoding:
        if self.used is not None:
            layers = sampled_layers(
                self.graph, initial, self.used, self.num_layers, self.num_neighbours, self.keep_rate
            )
            # NaN reveals reads of nodes that are not active.
            return Encoding(torch.full_like(initial, torch.nan).index_copy(0, self.used, torch.stack(layers).sum(0)))
        return Encoding(self.graph.layer_sum(initial, self.num_layers, self.graph.drop(self.keep_rate)))

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.initial_embeddings, self.num_layers)
