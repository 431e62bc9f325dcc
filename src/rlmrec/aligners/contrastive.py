"""Contrastive alignment (RLMRec-Con)."""

import torch
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor

from rlmrec.aligners.base import Aligner
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
    """

    profiles: Tensor

    def __init__(
        self,
        profiles: Tensor,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.01,
        temperature: PositiveFloat = 0.2,
    ) -> None:
        super().__init__()
        self.register_buffer("profiles", profiles, persistent=False)
        self.num_users = num_users
        self.projector = Projector(profiles.shape[1], output_dim)
        self.weight = weight
        self.temperature = temperature

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        item_ids = [ids + self.num_users for ids in batch[1:] if ids is not None]
        # Only rows that the loss reads are projected: all users, and each item of the batch once.
        distinct, position = torch.cat(item_ids).unique(return_inverse=True)
        user_texts = self.projector(self.profiles[: self.num_users])
        item_texts = self.projector(self.profiles[distinct])[position].chunk(len(item_ids))
        loss = info_nce(nodes[batch.users], user_texts[batch.users], user_texts, self.temperature)
        for ids, texts in zip(item_ids, item_texts, strict=True):
            loss = loss + info_nce(nodes[ids], texts, texts, self.temperature)
        return {"align": self.weight * loss}
