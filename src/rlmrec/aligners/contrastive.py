"""Contrastive alignment (RLMRec-Con)."""

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.aligners.base import Aligner, Profiles
from rlmrec.aligners.candidates import CANDIDATES, Candidates
from rlmrec.aligners.projector import Projector
from rlmrec.batch import Batch
from rlmrec.losses import info_nce


class Contrastive(Aligner):
    """Contrastive alignment of RLMRec (WWW 2024), section 3.3.

    Profiles are projected into collaborative space. Users are contrasted with the profiles of all users; positives
    and negatives with those in the batch, duplicates kept (quirk Q10). Backbones without negatives align users and
    positives only (quirk Q2).

    Args:
        profiles: profile vectors, users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: ego width ``d``, unused.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        temperature: of the contrast.
        candidates: whose profiles a user's is told apart from: those of all users, as published; or, which changes the
            loss, those of the ``batch``, or of the batch and ``sampled`` others that stand for the rest.
        num_sampled: how many users are drawn for ``sampled``.
    """

    places_profiles = True

    def __init__(
        self,
        profiles: Profiles,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.01,
        temperature: PositiveFloat = 0.2,
        candidates: Candidates = "all",
        num_sampled: PositiveInt = 4096,
    ) -> None:
        super().__init__()
        self.keep(profiles)
        self.num_users = num_users
        self.projector = Projector(profiles.shape[1], output_dim)
        self.weight = weight
        self.temperature = temperature
        self.candidates = CANDIDATES[candidates]
        self.num_sampled = num_sampled

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        distinct, counts = users.unique(return_counts=True)
        rows, own, stands_for = self.candidates(self.num_users, distinct, counts, self.num_sampled)
        texts = self.projector(self.profiles[rows])
        loss = info_nce(nodes[distinct], texts[own], texts, self.temperature, counts, stands_for)
        in_batch = torch.cat(items).unique()
        texts = self.projector(self.profiles[in_batch])
        for ids in items:
            # Repeated rows and candidates are computed once and counted as often as they occur.
            distinct, counts = ids.unique(return_counts=True)
            own_texts = texts[torch.searchsorted(in_batch, distinct)]
            loss = loss + info_nce(nodes[distinct], own_texts, own_texts, self.temperature, counts, counts)
        return {"align": self.weight * loss}

    def from_profiles(self, nodes: Tensor, cold: Tensor, warm: Tensor) -> Tensor:
        return self.projector(self.profiles[cold])
