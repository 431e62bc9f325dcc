"""SGL."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.view_contrast import view_contrast
from rlmrec.common.option_types import Layers, Rate
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch


class SGL(Backbone):
    """Wu et al., "Self-supervised Graph Learning for Recommendation" (SIGIR 2021), with edge drop.

    The main pass uses the full graph; only the two contrasted views drop edges (quirk Q6). Users, positives and
    negatives are each contrasted with all nodes of their side (quirk Q11).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        keep_rate: share of directed edges kept in a view.
        ssl_weight: weight of the contrast between views.
        ssl_temperature: temperature of the contrast.
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 3,
        keep_rate: Rate = 0.8,
        ssl_weight: NonNegativeFloat = 0.1,
        ssl_temperature: PositiveFloat = 0.2,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.keep_rate = keep_rate
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature

    def encode(self, initial: Tensor) -> Encoding:
        first, second = (
            self.graph.layer_sum(initial, self.num_layers, self.graph.drop(self.keep_rate)) for _ in range(2)
        )
        return Encoding(self.graph.layer_sum(initial, self.num_layers), (first, second))

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.initial_embeddings, self.num_layers)

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        ssl = view_contrast(self, encoding.views, batch, self.ssl_temperature)
        return super().losses(encoding, batch) | {"ssl": self.ssl_weight * ssl}
