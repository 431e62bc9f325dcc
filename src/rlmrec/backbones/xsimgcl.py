"""XSimGCL."""

from typing import cast

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.view_contrast import with_noise
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import SomeLayers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


class XSimGCL(Backbone):
    """Yu et al., "XSimGCL: Towards Extremely Simple Graph Contrastive Learning for Recommendation" (TKDE 2024).

    One pass serves both recommendation and contrast: ``h_l = A h_(l-1) + noise_scale sign(h) unit(random)``. Node
    embeddings are the mean of layers 1 to ``num_layers``, without layer 0. The distinct users of a batch, and its
    distinct positives, are contrasted with layer ``contrast_layer`` of the same nodes.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        contrast_layer: number of the layer that node embeddings are contrasted with, from 1 on.
        noise_scale: length of the noise added to each node after each layer in training.
        ssl_weight: weight of the contrast.
        ssl_temperature: temperature of the contrast.

    Raises:
        UserError: if ``contrast_layer`` exceeds ``num_layers``.
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: SomeLayers = 2,
        contrast_layer: PositiveInt = 1,
        noise_scale: NonNegativeFloat = 0.2,
        ssl_weight: NonNegativeFloat = 0.2,
        ssl_temperature: PositiveFloat = 0.15,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        if contrast_layer > num_layers:
            raise UserError(f"backbone.contrast_layer={contrast_layer}: there are backbone.num_layers={num_layers}")
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.contrast_layer = contrast_layer
        self.noise_scale = noise_scale
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature

    def encode(self, initial: Tensor) -> Encoding:
        layers = self._layers(initial, self.noise_scale)
        return Encoding(torch.stack(layers).mean(0), layers[self.contrast_layer - 1])

    def embed(self) -> Tensor:
        return torch.stack(self._layers(self.initial_embeddings, 0.0)).mean(0)

    def _layers(self, initial: Tensor, noise_scale: float) -> list[Tensor]:
        layers = [initial]
        for _ in range(self.num_layers):
            layer = self.graph.propagate(layers[-1])
            if noise_scale:
                layer = with_noise(layer, noise_scale)
            layers.append(layer)
        return layers[1:]

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        nodes, view = encoding.nodes, cast(Tensor, encoding.views)
        ssl = nodes.new_zeros(())
        for ids in batch.node_ids(self.num_users)[:2]:
            found = batch.unique_ids([ids], len(nodes))
            others = view[found.ids]
            ssl = ssl + info_nce(nodes[found.ids], others, others, self.ssl_temperature, found.once, found.once)
        return super().losses(encoding, batch) | {"ssl": self.ssl_weight * ssl}
