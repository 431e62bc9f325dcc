"""Concatenation of node embeddings and projected profiles."""

import torch
from pydantic import PositiveInt
from torch import Tensor

from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.fusions.base import SameForBoth
from rlmrec.projectors import MLPProjector


class Concat(SameForBoth):
    """Score ``[e, f(s)]``: the score is the dot product of node embeddings plus that of projected profiles.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
        text_dim: width of projected profiles.
    """

    def __init__(
        self, profile_embeddings: ProfileEmbeddings, num_users: int, output_dim: int, text_dim: PositiveInt = 32
    ) -> None:
        super().__init__(profile_embeddings, num_users, output_dim)
        self.projector = MLPProjector(profile_embeddings.shape[1], text_dim)
        self.scored_dim = output_dim + text_dim

    def fused(self, rows: Tensor, texts: Tensor) -> Tensor:
        return torch.cat([rows, self.projector(texts)], dim=1)
