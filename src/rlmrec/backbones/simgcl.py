"""SimGCL."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.view_contrast import view_contrast, with_noise
from rlmrec.common.option_types import Layers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch


class SimGCL(Backbone):
    """Yu et al., "Are Graph Augmentations Necessary? Simple Graph Contrastive Learning" (SIGIR 2022).

    As published in RLMRec, views sum all layers including layer 0, whereas SimGCL's authors average them and skip layer
    0 (quirk Q7); negatives are not contrasted (quirk Q11).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        noise_scale: length of the noise added to each node after each layer of a view.
        ssl_weight: weight of the contrast between views.
        ssl_temperature: temperature of the contrast.
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 3,
        noise_scale: NonNegativeFloat = 0.9,
        ssl_weight: NonNegativeFloat = 0.1,
        ssl_temperature: PositiveFloat = 0.2,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.noise_scale = noise_scale
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature

    def encode(self, initial: Tensor) -> Encoding:
        views = (self._noisy_view(initial), self._noisy_view(initial))
        return Encoding(self.graph.layer_sum(initial, self.num_layers), views)

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.initial_embeddings, self.num_layers)

    def _noisy_view(self, initial: Tensor) -> Tensor:
        total = layer = initial
        for _ in range(self.num_layers):
            layer = with_noise(self.graph.propagate(layer), self.noise_scale)
            total = total + layer
        return total

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        without_negatives = batch._replace(negatives=None)
        ssl = view_contrast(self, encoding.views, without_negatives, self.ssl_temperature)
        return super().losses(encoding, batch) | {"ssl": self.ssl_weight * ssl}
