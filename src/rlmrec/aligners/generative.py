"""Generative alignment (RLMRec-Gen)."""

import torch
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor, nn
from torch.nn.functional import normalize

from rlmrec.aligners.base import Aligner, Profiles
from rlmrec.aligners.projector import Projector
from rlmrec.batch import Batch
from rlmrec.losses import reconstruction
from rlmrec.options import Ratio

PROFILES_AT_ONCE = 1024
"""Profiles compared with all rebuilt ones in a step."""


class Generative(Aligner):
    """Generative alignment of RLMRec (WWW 2024), section 3.4: rebuild the profiles of masked nodes.

    One mask covers users and items together and feeds the main pass and every view (quirk Q8). Node vectors are
    projected into text space and told apart within the masked set (quirk Q9). Evaluation never masks.

    Args:
        profiles: profile vectors, users first, ``(N, T)``.
        num_users: number of users, unused.
        embedding_dim: ego width ``d``.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        temperature: of the reconstruction.
        mask_ratio: share of nodes masked at each step; at least one node is.
    """

    places_profiles = True

    def __init__(
        self,
        profiles: Profiles,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.1,
        temperature: PositiveFloat = 0.2,
        mask_ratio: Ratio = 0.1,
    ) -> None:
        super().__init__()
        self.keep(profiles)
        self.projector = Projector(profiles.shape[1], output_dim, to_text=True)
        self.mask_token = nn.Parameter(torch.zeros(1, embedding_dim))
        self.weight = weight
        self.temperature = temperature
        self.num_masked = max(int(len(profiles) * mask_ratio), 1)

    def corrupt(self, ego: Tensor) -> tuple[Tensor, Tensor]:
        masked = torch.randperm(len(ego), device=ego.device)[: self.num_masked]
        return ego.index_copy(0, masked, self.mask_token.expand(self.num_masked, -1)), masked

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        assert masked is not None
        loss = reconstruction(self.projector(nodes[masked]), self.profiles[masked], self.temperature)
        return {"align": self.weight * loss}

    def from_profiles(self, nodes: Tensor, cold: Tensor, warm: Tensor) -> Tensor:
        """The mean of the trained nodes, weighted by how likely each is the one that a profile was rebuilt from.

        The projector leads from nodes to text only, so that its loss is read backwards: the probability that it gives
        to a pair is ``softmax(cosine / temperature)`` over the trained nodes.
        """
        rebuilt = normalize(self.projector(nodes[warm]), dim=1)  # (W, T)
        placed = []
        for ids in cold.split(PROFILES_AT_ONCE):  # chunks: (C, W) need not fit
            cosine = normalize(self.profiles[ids], dim=1) @ rebuilt.T
            placed.append((cosine / self.temperature).softmax(1) @ nodes[warm])
        return torch.cat(placed)
