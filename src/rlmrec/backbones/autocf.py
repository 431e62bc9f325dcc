"""AutoCF."""

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from rlmrec.backbones import autocf_sampling as sampling
from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Layers, Ratio, SomeLayers
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import mean_log_sum_exp, weighted_mean


class AutoCF(Backbone):
    """Xia et al., "Automated Self-Supervised Learning for Recommendation" (WWW 2023): a masked graph autoencoder.

    The encoder convolves over a graph with masked subgraphs; the decoder attends over the remaining edges, random pairs
    and self-loops. Both graphs are resampled at steps 0, ``resample_every``, ... of an epoch, and only these steps have
    the infomax term (quirk Q12).

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d`` of all layers.
        num_layers: number of convolution layers.
        num_attention_layers: number of attention layers after them.
        num_heads: number of attention heads; divides ``embedding_dim``.
        num_seeds: number of nodes around which subgraphs are masked.
        mask_depth: number of steps that a masked subgraph reaches.
        extra_node_share: share of all nodes added at random to those that the decoder pairs.
        resample_every: number of steps between two samplings.
        ssl_weight: weight of the same-side contrast.
    """

    uses_negatives = False
    has_static_shapes = True
    faster_captured = False  # attention over padded edges takes longer than launching its kernels
    encoder_weight: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 32,
        num_layers: Layers = 2,
        num_attention_layers: SomeLayers = 1,
        num_heads: PositiveInt = 4,
        num_seeds: PositiveInt = 100,
        mask_depth: SomeLayers = 2,
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
        self.register_buffer("encoder_weight", self.graph.weight.clone(), persistent=False)
        self.decoder = self.graph

    def resamples(self, batch_idx: int) -> bool:
        return batch_idx % self.resample_every == 0

    def resample(self, batch_idx: int) -> dict[str, Tensor]:
        if not self.resamples(batch_idx):
            return {}
        scores = sampling.node_scores(self.graph, self.initial_embeddings)
        seeds = scores.topk(self.num_seeds).indices
        remaining, reached = sampling.mask_subgraphs(self.graph, seeds, self.mask_depth)
        extra = torch.randint(self.graph.num_nodes, (self.num_extra_nodes,), device=seeds.device)
        edges = sampling.decoder_edges(self.graph, remaining, torch.cat([reached, extra]).unique())
        self.encoder_weight.copy_(self.graph.normalised(remaining.to(self.initial_embeddings.dtype), eps=1e-12))
        self._set_decoder(edges)
        return {"infomax": -scores.mean()}

    def _set_decoder(self, edges: Tensor) -> None:
        if not self.static_shapes:
            self.decoder = Graph(edges, self.graph.num_nodes)
            return
        most = 3 * len(self.graph.row) + self.graph.num_nodes  # random pairs both ways, remaining edges, loops
        made = Graph(edges, self.graph.num_nodes, capacity=most)
        if self.decoder.is_edge is None:
            self.decoder = made
        else:  # in place: CUDA graphs read fixed memory
            for old, new in zip(self.decoder.buffers(), made.buffers(), strict=True):
                old.copy_(new)

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
        scored_users = encoding.fuse_users(all_users, slice(self.num_users))
        scored_items = encoding.fuse_items(all_items, slice(self.num_users, None))
        users = batch.unique_ids([batch.users], len(all_users))
        items = batch.unique_ids([batch.positives], len(all_items))
        same_side = mean_log_sum_exp(all_users[users.ids], all_users, users.once)
        same_side = same_side + mean_log_sum_exp(all_items[items.ids], all_items, items.once)
        # The cross term counts every row of the batch and has no weight (quirk Q11).
        cross = mean_log_sum_exp(scored_users[users.ids], scored_items, users.counts)
        rec = -weighted_mean((scored_users[batch.users] * scored_items[batch.positives]).sum(-1), batch.weights)
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
    weight = weight if graph.is_edge is None else weight * graph.is_edge
    return graph.propagate(value, weight) / (graph.row_sum(weight) + 1e-8)[:, None]
