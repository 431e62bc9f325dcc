"""No alignment."""

from torch import Tensor

from rlmrec.aligners.base import Aligner
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph.batch import Batch


class NoAlignment(Aligner):
    """The identity aligner: the backbone alone."""

    needs_embeddings = False
    uses_profiles = False
    has_static_shapes = True

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings | None = None,
        num_users: int = 0,
        embedding_dim: int = 0,
        output_dim: int = 0,
    ) -> None:
        super().__init__()

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        return {}
