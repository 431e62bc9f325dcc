"""Generative alignment (RLMRec-Gen)."""

import torch
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor, nn
from torch.nn.functional import normalize

from rlmrec.aligners.projected import ProjectedAligner
from rlmrec.common.option_types import Ratio
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.losses import reconstruction
from rlmrec.projectors import ProjectorKind

PROFILES_AT_ONCE = 1024
"""Number of cold profiles compared with all rebuilt profiles at once."""


class Generative(ProjectedAligner):
    """Generative alignment of RLMRec (WWW 2024), section 3.4: rebuild the profiles of masked nodes.

    One mask covers users and items together and feeds the main pass and every view (quirk Q8). Node embeddings are
    projected into text space and contrasted within the masked set (quirk Q9). Evaluation never masks.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: embedding dimension ``d``.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        temperature: softmax temperature of the reconstruction loss.
        mask_ratio: share of the nodes with profiles that is masked at each step; at least one node is masked.
        projector: ``mlp`` (two layers, as published), ``linear`` or ``moe`` (several linear experts).
    """

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.1,
        temperature: PositiveFloat = 0.2,
        mask_ratio: Ratio = 0.1,
        projector: ProjectorKind = "mlp",
    ) -> None:
        super().__init__(profile_embeddings, num_users, output_dim, weight, projector, to_text=True)
        self.mask_token = nn.Parameter(torch.zeros(1, embedding_dim))
        self.temperature = temperature
        self.num_masked = max(int(len(self.with_text) * mask_ratio), 1)

    def corrupt(self, initial: Tensor) -> tuple[Tensor, Tensor]:
        drawn = torch.randperm(len(self.with_text), device=initial.device)[: self.num_masked]
        masked = drawn + self.with_text.start
        return initial.index_copy(0, masked, self.mask_token.expand(self.num_masked, -1)), masked

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        assert masked is not None
        loss = reconstruction(
            self.projector(nodes[masked]), self.profile_embeddings[masked].to(nodes), self.temperature
        )
        return {"align": self.weight * loss}

    def embeddings_from_text(self, texts: Tensor, trained: Tensor) -> Tensor:
        """Return means of the trained nodes, weighted by the probability that each rebuilds the given profile.

        The projector maps from nodes to text only, so the loss is read in reverse: the probability of a pair is
        ``softmax(cosine / temperature)`` over the trained nodes.
        """
        rebuilt = normalize(self.projector(trained), dim=1)  # (W, T)
        placed = []
        for some in texts.split(PROFILES_AT_ONCE):  # in chunks: (C, W) may not fit
            cosine = normalize(some, dim=1) @ rebuilt.T
            placed.append((cosine / self.temperature).softmax(1) @ trained)
        return torch.cat(placed)
