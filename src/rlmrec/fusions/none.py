"""No fusion."""

from torch import Tensor

from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.fusions.base import Fusion


class NoFusion(Fusion):
    """Score node embeddings as they are.

    Args:
        profile_embeddings: not used.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
    """

    needs_embeddings = False
    uses_profiles = False

    def __init__(self, profile_embeddings: ProfileEmbeddings | None, num_users: int, output_dim: int) -> None:
        super().__init__(profile_embeddings, num_users, output_dim)
        self.output_dim = output_dim

    @property
    def scored_dim(self) -> int:
        return self.output_dim

    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return rows

    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return rows

    def fuse(self, nodes: Tensor) -> Tensor:
        return nodes
