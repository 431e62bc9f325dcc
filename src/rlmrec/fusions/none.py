"""No fusion."""

from torch import Tensor

from rlmrec.fusions.base import Fusion


class NoFusion(Fusion):
    """The identity fusion: node embeddings are scored unchanged.

    Args:
        profile_embeddings: not used.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
    """

    needs_embeddings = False
    uses_profiles = False

    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return rows

    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return rows

    def fuse(self, nodes: Tensor) -> Tensor:
        return nodes
