"""Contrastive alignment (RLMRec-Con)."""

from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor

from rlmrec.aligners.base import Aligner, Profiles
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

    def __init__(
        self,
        profiles: Profiles,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.01,
        temperature: PositiveFloat = 0.2,
    ) -> None:
        super().__init__()
        self.keep(profiles)
        self.num_users = num_users
        self.projector = Projector(profiles.shape[1], output_dim)
        self.weight = weight
        self.temperature = temperature

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        distinct, counts = users.unique(return_counts=True)
        texts = self.projector(self.profiles[: self.num_users])
        loss = info_nce(nodes[distinct], texts[distinct], texts, self.temperature, counts)
        for ids in items:
            # Repeated rows and candidates are computed once and counted as often as they occur.
            distinct, counts = ids.unique(return_counts=True)
            texts = self.projector(self.profiles[distinct])
            loss = loss + info_nce(nodes[distinct], texts, texts, self.temperature, counts, counts)
        return {"align": self.weight * loss}
