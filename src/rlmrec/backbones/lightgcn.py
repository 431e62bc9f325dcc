"""LightGCN."""

from pydantic import NonNegativeInt, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.graph import Graph, Interactions
from rlmrec.options import Rate


class LightGCN(Backbone):
    """He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation" (SIGIR 2020).

    As published in RLMRec, layers are summed, not averaged (quirk Q7), and training scores and aligns on a graph with
    dropped edges, one draw for all layers of a pass (quirk Q6).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        keep_rate: share of directed edges kept in training.
    """

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: NonNegativeInt = 3,
        keep_rate: Rate = 0.8,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.keep_rate = keep_rate

    def encode(self, ego: Tensor) -> Encoding:
        return Encoding(self.graph.layer_sum(ego, self.num_layers, self.graph.drop(self.keep_rate)))

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.ego, self.num_layers)
