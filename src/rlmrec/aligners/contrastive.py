"""Contrastive alignment (RLMRec-Con)."""

from collections.abc import Iterator, Sequence
from functools import reduce

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.aligners.base import Aligner, nodes_with_text
from rlmrec.aligners.contrasted_users import CONTRASTED_USERS, ContrastWith
from rlmrec.aligners.projector import Projector
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.losses import info_nce


class Contrastive(Aligner):
    """Contrastive alignment of RLMRec (WWW 2024), section 3.3.

    Profiles are projected into collaborative space. Users are contrasted with the profiles of all users; positives
    and negatives with those in the batch, duplicates kept (quirk Q10). Backbones without negatives align users and
    positives only (quirk Q2). Where users or items have no profiles at all, the others alone are aligned.

    Args:
        profile_embeddings: users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: embedding dimension ``d``, unused.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        temperature: of the contrast.
        contrast_with: the users whose profiles a user is contrasted with: ``all_users``, as published; or, which
            changes the loss, those of the ``batch``, or of the batch and ``sampled`` others, weighted.
        num_sampled: how many users are drawn for ``sampled``.
    """

    one_sided = True
    supports_cold_start = True

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.01,
        temperature: PositiveFloat = 0.2,
        contrast_with: ContrastWith = "all_users",
        num_sampled: PositiveInt = 4096,
    ) -> None:
        super().__init__()
        self.register_profiles(profile_embeddings)
        self.num_users = num_users
        self.with_text = nodes_with_text(profile_embeddings, num_users)
        self.projector = Projector(profile_embeddings.shape[1], output_dim)
        self.weight = weight
        self.temperature = temperature
        self.contrasted_users = CONTRASTED_USERS[contrast_with]
        self.num_sampled = num_sampled

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        terms = []
        if self.with_text.start < self.num_users:
            terms.append(self._contrast_users(nodes, users))
        if self.with_text.stop > self.num_users:
            terms += self._contrast_items(nodes, items)
        return {"align": self.weight * reduce(torch.add, terms)}

    def _contrast_users(self, nodes: Tensor, users: Tensor) -> Tensor:
        distinct, counts = users.unique(return_counts=True)
        rows, positive_index, weights = self.contrasted_users(self.num_users, distinct, counts, self.num_sampled)
        texts = self.projector(self.profile_embeddings[rows])
        return info_nce(nodes[distinct], texts[positive_index], texts, self.temperature, counts, weights)

    def _contrast_items(self, nodes: Tensor, items: Sequence[Tensor]) -> Iterator[Tensor]:
        in_batch = torch.cat(list(items)).unique()
        texts = self.projector(self.profile_embeddings[in_batch])
        for ids in items:
            # Repeated rows and candidates are computed once and counted as often as they occur.
            distinct, counts = ids.unique(return_counts=True)
            matches = texts[torch.searchsorted(in_batch, distinct)]
            yield info_nce(nodes[distinct], matches, matches, self.temperature, counts, counts)

    def embeddings_from_text(self, nodes: Tensor, cold: Tensor, warm: Tensor) -> Tensor:
        return self.projector(self.profile_embeddings[cold])
