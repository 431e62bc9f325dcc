"""DCCF."""

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import normalize

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Layers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


class DCCF(Backbone):
    """Ren et al., "Disentangled Contrastive Collaborative Filtering" (SIGIR 2023).

    Each layer adds four views to its input: a graph view, an intent view, and for each of these an adaptive view over
    edges weighted by cosine similarity in it. The item part of the contrast is divided by the number of distinct
    *users* (quirk Q11).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of layers.
        num_intents: number of latent intents of users, and of items.
        ssl_weight: weight of the contrast between views.
        ssl_temperature: temperature of the contrast.
    """

    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 2,
        num_intents: PositiveInt = 128,
        ssl_weight: NonNegativeFloat = 1e-3,
        ssl_temperature: PositiveFloat = 0.1,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature
        self.user_intents = nn.Parameter(nn.init.xavier_uniform_(torch.empty(embedding_dim, num_intents)))
        self.item_intents = nn.Parameter(nn.init.xavier_uniform_(torch.empty(embedding_dim, num_intents)))

    def encode(self, initial: Tensor) -> Encoding:
        total = layer = initial
        views = []
        for _ in range(self.num_layers):
            views.append(self._views(layer))
            layer = layer + sum(views[-1])
            total = total + layer
        return Encoding(total, views)

    def embed(self) -> Tensor:
        return self.encode(self.initial_embeddings).nodes

    def _views(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return graph, intent, graph-adaptive and intent-adaptive views of a layer, each ``(N, d)``."""
        graph = self.graph.propagate(x)
        sides = zip(self.split(x), (self.user_intents, self.item_intents), strict=True)
        intent = torch.cat([(side @ intents).softmax(-1) @ intents.T for side, intents in sides]).to(x.dtype)
        return graph, intent, self._adaptive(graph, x), self._adaptive(intent, x)

    def _adaptive(self, view: Tensor, x: Tensor) -> Tensor:
        """Return the sum of ``x`` over neighbours, weighted by the similarity of end points in ``view``, ``(N, d)``."""
        view = normalize(view, dim=-1)
        similarity = (self.graph.dot_product(view, view) + 1) / 2  # (E,)
        total = self.graph.row_sum(similarity)
        # A node whose neighbours are all opposite receives nothing, and its gradient is 0, not NaN.
        inverse = 1 / total.masked_fill(total == 0, torch.inf)
        return self.graph.propagate(x, similarity) * inverse[:, None]

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        nodes, pairs = len(encoding.nodes), batch._replace(negatives=None)
        users, items = (batch.unique_ids([ids], nodes) for ids in pairs.node_ids(self.num_users))
        ssl = encoding.nodes.new_zeros(())
        for graph, *others in encoding.views:
            for other in others:
                for found in (users, items):
                    rows = graph[found.ids], other[found.ids], other[found.ids]
                    mean = info_nce(*rows, self.ssl_temperature, found.once, found.once)
                    ssl = ssl + found.number / users.number * mean
        return super().losses(encoding, batch) | {"ssl": self.ssl_weight * ssl}
