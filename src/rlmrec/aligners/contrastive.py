"""Contrastive alignment (RLMRec-Con)."""

from collections.abc import Iterator, Sequence
from functools import reduce

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.aligners.base import Aligner, nodes_with_text
from rlmrec.aligners.contrasted_users import CONTRASTED_USERS, ContrastWith, sampled_users
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.graph.batch import Occurring
from rlmrec.losses import info_nce
from rlmrec.projectors import Projector


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

    @property
    def has_static_shapes(self) -> bool:
        return self.contrasted_users is not sampled_users

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        terms = []
        if self.with_text.start < self.num_users:
            terms.append(self._contrast_users(nodes, batch.occurring([users], len(nodes))))
        if self.with_text.stop > self.num_users:
            terms += self._contrast_items(nodes, [batch.occurring([ids], len(nodes)) for ids in items])
        return {"align": self.weight * reduce(torch.add, terms)}

    def _contrast_users(self, nodes: Tensor, users: Occurring) -> Tensor:
        contrasted = self.contrasted_users(self.num_users, users.ids, users.counts, self.num_sampled)
        texts = self.projector(self.profile_embeddings[contrasted.rows])
        matches = texts[contrasted.positive_index]
        weights = contrasted.candidate_weights
        return info_nce(nodes[users.ids], matches, texts, self.temperature, users.counts, weights)

    def _contrast_items(self, nodes: Tensor, items: Sequence[Occurring]) -> Iterator[Tensor]:
        for matches, found in zip(self._item_texts(items), items, strict=True):
            # Repeated rows and candidates are computed once and counted as often as they occur.
            yield info_nce(nodes[found.ids], matches, matches, self.temperature, found.counts, found.counts)

    def _item_texts(self, items: Sequence[Occurring]) -> Iterator[Tensor]:
        """Yield the projected profiles of positives and of negatives; what is in both is projected once if known."""
        together = torch.cat([found.ids for found in items])
        if items[0].once is not None:
            yield from self.projector(self.profile_embeddings[together]).split([len(found.ids) for found in items])
            return
        in_batch = together.unique()
        texts = self.projector(self.profile_embeddings[in_batch])
        for found in items:
            yield texts[torch.searchsorted(in_batch, found.ids)]

    def embeddings_from_text(self, nodes: Tensor, cold: Tensor, warm: Tensor) -> Tensor:
        return self.projector(self.profile_embeddings[cold])
