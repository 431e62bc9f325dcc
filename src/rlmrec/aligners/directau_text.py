"""Alignment and uniformity of node embeddings and profiles."""

from functools import reduce

import torch
from pydantic import NonNegativeFloat
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.aligners.projected import ProjectedAligner
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.losses import uniformity, weighted_mean
from rlmrec.projectors import ProjectorKind


class DirectAUText(ProjectedAligner):
    """The losses of Wang et al., DirectAU (KDD 2022), between node embeddings and their own profiles.

    The term has no candidates: ``mean |e - f(s)|^2 + gamma (uniformity(e) + uniformity(f(s))) / 2`` of vectors of unit
    length, for the users of a batch and for its items (positives and negatives together), weighted by occurrences.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: embedding dimension ``d``.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        gamma: weight of uniformity within the term.
        projector: ``mlp`` (two layers), ``linear`` or ``moe`` (several linear experts).
    """

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.1,
        gamma: NonNegativeFloat = 1.0,
        projector: ProjectorKind = "mlp",
    ) -> None:
        super().__init__(profile_embeddings, num_users, output_dim, weight, projector)
        self.gamma = gamma

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        terms = []
        for first, groups in ((0, [users]), (self.num_users, items)):
            if first in self.with_text:
                found = batch.unique_ids(groups, len(nodes))
                rows, texts = nodes[found.ids], self.projector(self.profile_embeddings[found.ids].to(nodes))
                distances = (normalize(rows, dim=1) - normalize(texts, dim=1)).square().sum(1)
                spread = (uniformity(rows, found.counts) + uniformity(texts, found.counts)) / 2
                terms.append(weighted_mean(distances, found.counts) + self.gamma * spread)
        return {"align": self.weight * reduce(torch.add, terms)}
