"""AutoCF."""

import torch
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from rlmrec.backbones import autocf_sampling as sampling
from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Ratio
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import mean_log_sum_exp


class AutoCF(Backbone):
    """Xia et al., "Automated Self-Supervised Learning for Recommendation" (WWW 2023): a masked graph autoencoder.

    Convolution runs over a graph with masked subgraphs, attention over what remains plus random pairs and loops. Both
    are resampled at steps 0, ``resample_every``, ... of an epoch, which also gives the infomax term (quirk Q12).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of convolution layers.
        num_attention_layers: number of attention layers after them.
        num_heads: attention heads; divides ``embedding_dim``.
        num_seeds: nodes around which subgraphs are masked.
        mask_depth: how many steps a masked subgraph reaches.
        extra_node_share: share of all nodes added at random to those the decoder pairs.
        resample_every: steps between two samplings.
        ssl_weight: weight of the same-side contrast.
    """

    uses_negatives = False
    encoder_weight: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: NonNegativeInt = 2,
        num_attention_layers: PositiveInt = 1,
        num_heads: PositiveInt = 4,
        num_seeds: PositiveInt = 100,
        mask_depth: PositiveInt = 2,
        extra_node_share: Ratio = 0.2,
        resample_every: PositiveInt = 10,
        ssl_weight: NonNegativeFloat = 1.0,
    ) -> None:
        super().__init__(interactions, embedding_dim)
        if embedding_dim % num_heads:
            raise UserError(f"backbone.num_heads={num_heads} does not divide backbone.embedding_dim={embedding_dim}")
        if num_seeds > interactions.num_nodes:
            raise UserError(f"backbone.num_seeds={num_seeds} exceeds the {interactions.num_nodes} nodes")
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.num_seeds = num_seeds
        self.mask_depth = mask_depth
        self.num_extra_nodes = int(extra_node_share * interactions.num_nodes)
        self.resample_every = resample_every
        self.ssl_weight = ssl_weight
        self.attention = nn.ModuleList(Attention(embedding_dim, num_heads) for _ in range(num_attention_layers))
        self.register_buffer("encoder_weight", self.graph.weight, persistent=False)
        self.decoder = self.graph

    def resample(self, batch_idx: int) -> dict[str, Tensor]:
        if batch_idx % self.resample_every:
            return {}
        scores = sampling.node_scores(self.graph, self.initial_embeddings)
        seeds = scores.topk(self.num_seeds).indices
        remaining, reached = sampling.mask_subgraphs(self.graph, seeds, self.mask_depth)
        extra = torch.randint(self.graph.num_nodes, (self.num_extra_nodes,), device=seeds.device)
        edges = sampling.decoder_edges(self.graph, remaining, torch.cat([reached, extra]).unique())
        self.encoder_weight = self.graph.normalised(remaining.to(self.initial_embeddings.dtype), eps=1e-12)
        self.decoder = Graph(edges, self.graph.num_nodes)
        return {"infomax": -scores.mean()}

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(self._forward(initial, self.encoder_weight, self.decoder))

    def embed(self) -> Tensor:
        return self._forward(self.initial_embeddings, self.graph.weight, self.graph)

    def _forward(self, initial: Tensor, encoder_weight: Tensor, decoder: Graph) -> Tensor:
        total = layer = initial
        for _ in range(self.num_layers):
            layer = self.graph.propagate_symmetric(layer, encoder_weight)
            total = total + layer
        for attention in self.attention:
            layer = attention(layer, decoder)
            total = total + layer
        return total

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        all_users, all_items = self.split(encoding.nodes)
        users, user_counts = batch.users.unique(return_counts=True)
        items = batch.positives.unique()
        same_side = mean_log_sum_exp(all_users[users], all_users) + mean_log_sum_exp(all_items[items], all_items)
        # The cross part counts every row of the batch and carries no weight (quirk Q11).
        cross = mean_log_sum_exp(all_users[users], all_items, user_counts)
        rec = -(all_users[batch.users] * all_items[batch.positives]).sum(-1).mean()
        return {"rec": rec, "ssl": self.ssl_weight * same_side + cross}


class Attention(nn.Module):
    """Multi-head attention over the edges of a graph, unscaled and clamped as in AutoCF's published code.

    Args:
        dim: input and output width.
        num_heads: number of heads; divides ``dim``.
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query, self.key, self.value = (
            nn.Parameter(nn.init.xavier_uniform_(torch.empty(dim, dim))) for _ in range(3)
        )

    def forward(self, x: Tensor, graph: Graph) -> Tensor:
        """Attend from every row to its columns: ``(N, dim)`` to ``(N, dim)``."""
        query, key, value = (
            (x @ matrix).to(x.dtype).chunk(self.num_heads, dim=-1) for matrix in (self.query, self.key, self.value)
        )
        heads = [_attend(*head, graph) for head in zip(query, key, value, strict=True)]
        return torch.cat(heads, dim=-1)


def _attend(query: Tensor, key: Tensor, value: Tensor, graph: Graph) -> Tensor:
    """Return the output of one head, ``(N, dim / num_heads)``."""
    weight = graph.dot_product(query, key).clamp(-10, 10).exp()  # (E,)
    return graph.propagate(value, weight) / (graph.row_sum(weight) + 1e-8)[:, None]
