"""NCL."""

import torch
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.clustering import k_means
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import SomeLayers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


class NCL(Backbone):
    """Lin et al., "Improving Graph Collaborative Filtering with Neighborhood-enriched Contrastive Learning" (WWW 2022).

    Node embeddings are the mean of LightGCN's layers. Besides BPR, layer ``2 hops`` of the users and positives of a
    batch is contrasted with all initial embeddings of their side; the term of items is multiplied by ``item_weight``.
    After ``warm_up_epochs``, their initial embeddings are also contrasted with the centres of their clusters, among the
    clusters of the batch. Initial embeddings are clustered again at the first step of every epoch. Both terms are sums
    over the pairs of a batch, not means, as published, so larger batches give them more weight.

    The published code uses faiss with 25 iterations; here k-means runs on the device of the embeddings.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of propagation layers.
        hops: half the number of the layer contrasted with the initial embeddings.
        ssl_weight: weight of the contrast of layers.
        ssl_temperature: temperature of both contrasts.
        item_weight: weight of items relative to users in the contrast of layers.
        prototype_weight: weight of the contrast with centres.
        num_clusters: number of clusters of users, and of items, limited to the number of points.
        warm_up_epochs: number of epochs without clusters.
        iterations: number of k-means iterations.

    Raises:
        UserError: if there are fewer than ``2 hops`` layers.
    """

    has_static_shapes = True
    centres: Tensor
    cluster: Tensor
    epochs: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        num_layers: SomeLayers = 3,
        hops: PositiveInt = 1,
        ssl_weight: NonNegativeFloat = 1e-6,
        ssl_temperature: PositiveFloat = 0.05,
        item_weight: NonNegativeFloat = 1.5,
        prototype_weight: NonNegativeFloat = 1e-7,
        num_clusters: PositiveInt = 2000,
        warm_up_epochs: NonNegativeInt = 20,
        iterations: PositiveInt = 25,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        if 2 * hops > num_layers:
            raise UserError(f"backbone.hops={hops}: layer {2 * hops} needs backbone.num_layers={2 * hops} or more")
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.contrast_layer = 2 * hops
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature
        self.item_weight = item_weight
        self.prototype_weight = prototype_weight
        self.num_clusters = num_clusters
        self.warm_up_epochs = warm_up_epochs
        self.iterations = iterations
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))  # stored: a resumed run continues the count
        counts = [min(num_clusters, side) for side in (self.num_users, self.num_items)]
        self.register_buffer("centres", torch.zeros(sum(counts), embedding_dim), persistent=False)
        self.register_buffer("cluster", torch.zeros(interactions.num_nodes, dtype=torch.int64), persistent=False)

    def resamples(self, batch_idx: int) -> bool:
        return batch_idx == 0

    def resample(self, batch_idx: int) -> dict[str, Tensor]:
        if batch_idx == 0:
            if self.epochs >= self.warm_up_epochs:
                self._cluster()
            self.epochs += 1
        return {}

    def _cluster(self) -> None:
        """Cluster the initial embeddings, in place because CUDA graphs read fixed memory."""
        first = 0
        found = []
        for side in self.split(self.initial_embeddings.detach()):
            centres, cluster = k_means(side, min(self.num_clusters, len(side)), self.iterations)
            found.append((centres, cluster + first))
            first += len(centres)
        self.centres.copy_(torch.cat([centres for centres, _ in found]))
        self.cluster.copy_(torch.cat([cluster for _, cluster in found]))

    def encode(self, initial: Tensor) -> Encoding:
        layers = [initial]
        for _ in range(self.num_layers):
            layers.append(self.graph.propagate(layers[-1]))
        return Encoding(torch.stack(layers).mean(0), (initial, layers[self.contrast_layer]))

    def embed(self) -> Tensor:
        return self.graph.layer_sum(self.initial_embeddings, self.num_layers) / (self.num_layers + 1)

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        initial, context = encoding.views
        ssl, prototype = initial.new_zeros(()), initial.new_zeros(())
        sides = zip(batch.node_ids(self.num_users)[:2], self.split(initial), (1.0, self.item_weight), strict=True)
        for ids, everybody, weight in sides:
            found = batch.unique_ids([ids], len(initial))
            own, counts, t = initial[found.ids], found.counts, self.ssl_temperature
            ssl = ssl + weight * counts.sum() * info_nce(context[found.ids], own, everybody, t, counts)
            centres = self.centres[self.cluster[found.ids]]
            prototype = prototype + counts.sum() * info_nce(own, centres, centres, t, counts, counts)
        begun = self.epochs > self.warm_up_epochs
        terms = {"ssl": self.ssl_weight * ssl, "prototype": self.prototype_weight * begun * prototype}
        return super().losses(encoding, batch) | terms
