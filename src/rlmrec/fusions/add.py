"""Addition of projected profiles."""

from torch import Tensor

from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.fusions.base import SameForBoth
from rlmrec.projectors import MLPProjector


class Add(SameForBoth):
    """Score ``e + f(s)``: node embeddings plus projected profiles, ``F = D``.

    In its published configuration, ProEx (KDD 2026) uses its profiles in this way only, since the weight of its
    alignment is zero. This is the baseline that every alignment should beat.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
    """

    def __init__(self, profile_embeddings: ProfileEmbeddings, num_users: int, output_dim: int) -> None:
        super().__init__(profile_embeddings, num_users, output_dim)
        self.projector = MLPProjector(profile_embeddings.shape[1], output_dim)

    def fused(self, rows: Tensor, texts: Tensor) -> Tensor:
        return rows + self.projector(texts)
