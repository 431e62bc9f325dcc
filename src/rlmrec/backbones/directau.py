"""DirectAU."""

from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Layers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import uniformity, weighted_mean


class DirectAU(Backbone):
    """Wang et al., "Towards Representation Alignment and Uniformity in Collaborative Filtering" (KDD 2022).

    The loss has no negatives: ``mean |u - i|^2 + gamma (uniformity(u) + uniformity(i)) / 2`` over the pairs of a batch
    with embeddings of unit length, repeated as often as they occur. Node embeddings are the mean of LightGCN's layers;
    with ``num_layers=0`` they are the initial embeddings (MF). Scores are dot products, as published.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        gamma: weight of uniformity.
    """

    uses_negatives = False
    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: Layers = 3,
        gamma: NonNegativeFloat = 2.0,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.gamma = gamma

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(self.graph.layer_sum(initial, self.num_layers) / (self.num_layers + 1))

    def embed(self) -> Tensor:
        return self.encode(self.initial_embeddings).nodes

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        users, items = (normalize(rows, dim=1) for rows in self.scored(encoding, batch)[:2])
        distances = (users - items).square().sum(1)
        spread = distances.new_zeros(())
        for ids, fuse in zip(
            batch.node_ids(self.num_users)[:2], (encoding.fuse_users, encoding.fuse_items), strict=True
        ):
            found = batch.unique_ids([ids], len(encoding.nodes))
            spread = spread + uniformity(fuse(encoding.nodes[found.ids], found.ids), found.counts) / 2
        return {"alignment": weighted_mean(distances, batch.weights), "uniformity": self.gamma * spread}
