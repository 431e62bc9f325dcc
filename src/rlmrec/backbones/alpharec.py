"""AlphaRec."""

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.text_profiles import refuse_items_without_text, with_users_from_items
from rlmrec.common.option_types import Layers
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import weighted_mean


class AlphaRec(Backbone):
    """Sheng et al., "Language Representations Can be What Recommenders Need" (ICLR 2025).

    Items begin with their profile embeddings and users with the mean of their items', or with their own if they have no
    interactions; no embedding table is trained. ``z = MLP(x)`` maps ``T`` to ``T / 2`` to ``d``; node embeddings are
    the mean of ``z`` and its propagations, scaled to unit length, so that scores are cosines. The loss is a softmax
    over the positive and ``num_negatives`` random items. New users and items need no training.

    The published code draws negatives for every pair; here all pairs of a step share them.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        embedding_dim: width ``d`` of node embeddings.
        num_layers: number of propagations.
        temperature: temperature of the softmax.
        num_negatives: number of items that positives are contrasted with at each step.
    """

    uses_negatives = False
    uses_profiles = True
    accepts_one_sided = True
    has_table = False
    supports_cold_start = True
    has_static_shapes = True

    def __init__(
        self,
        interactions: Interactions,
        profile_embeddings: ProfileEmbeddings,
        embedding_dim: PositiveInt = 64,
        num_layers: Layers = 2,
        temperature: PositiveFloat = 0.15,
        num_negatives: PositiveInt = 256,
    ) -> None:
        refuse_items_without_text(profile_embeddings, interactions.num_users, "alpharec")
        texts = with_users_from_items(interactions, profile_embeddings).float()
        super().__init__(interactions, embedding_dim, initial=texts)
        width = profile_embeddings.shape[1]
        self.mlp = nn.Sequential(
            nn.Linear(width, max(1, width // 2)), nn.LeakyReLU(), nn.Linear(max(1, width // 2), embedding_dim)
        )
        self.graph = Graph.from_interactions(interactions)
        self.num_layers = num_layers
        self.temperature = temperature
        self.num_negatives = num_negatives

    def encode(self, initial: Tensor) -> Encoding:
        drawn = torch.randint(self.num_items, (self.num_negatives,), device=initial.device) + self.num_users
        return Encoding(self._nodes(initial), drawn)

    def embed(self) -> Tensor:
        return self._nodes(self.initial_embeddings)

    def embeddings_from_text(self, texts: Tensor) -> Tensor:
        return normalize(self.mlp(texts.to(self.initial_embeddings)), dim=1)

    def _nodes(self, initial: Tensor) -> Tensor:
        projected = self.mlp(initial).to(initial.dtype)
        return normalize(self.graph.layer_sum(projected, self.num_layers), dim=1)

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        users, positives = self.scored(encoding, batch)[:2]
        drawn: Tensor = encoding.views
        negatives = encoding.fuse_items(encoding.nodes.index_select(0, drawn), drawn)
        with torch.autocast(users.device.type, enabled=False):  # exponents need full precision
            cosines = torch.cat([(users * positives).sum(1, keepdim=True), users @ negatives.T], dim=1)
        logits = cosines / self.temperature
        target = torch.zeros(len(users), dtype=torch.int64, device=users.device)
        return {"softmax": weighted_mean(cross_entropy(logits, target, reduction="none"), batch.weights)}
