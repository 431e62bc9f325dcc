"""A gate between node embeddings and profiles."""

import torch
from torch import Tensor, nn

from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.fusions.base import SameForBoth
from rlmrec.projectors import MLPProjector


class Gate(SameForBoth):
    """Score ``g * e + (1 - g) * f(s)``, where ``g = sigmoid(W [e, f(s)] + b)``, ``(n, D)``, weighs every dimension.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings and of scored embeddings.
    """

    def __init__(self, profile_embeddings: ProfileEmbeddings, num_users: int, output_dim: int) -> None:
        super().__init__(profile_embeddings, num_users, output_dim)
        self.projector = MLPProjector(profile_embeddings.shape[1], output_dim)
        self.gate = nn.Linear(2 * output_dim, output_dim)

    def fused(self, rows: Tensor, texts: Tensor) -> Tensor:
        projected = self.projector(texts)
        gate = torch.sigmoid(self.gate(torch.cat([rows, projected], dim=1)).to(rows.dtype))
        return gate * rows + (1 - gate) * projected
