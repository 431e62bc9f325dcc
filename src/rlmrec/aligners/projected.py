"""The base of aligners that project profiles into collaborative space, or node embeddings into text space."""

from torch import Tensor

from rlmrec.aligners.base import Aligner, nodes_with_text
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.projectors import PROJECTORS, ProjectorKind


class ProjectedAligner(Aligner):
    """An aligner with a projector; if users or items have no profiles at all, only the other kind is aligned.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        projector: ``mlp`` (two layers), ``linear`` or ``moe`` (several linear experts).
        to_text: whether to project node embeddings into text space instead of profiles into collaborative space.
    """

    accepts_one_sided = True
    supports_cold_start = True
    has_static_shapes = True

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        output_dim: int,
        weight: float,
        projector: ProjectorKind,
        to_text: bool = False,
    ) -> None:
        super().__init__()
        self.register_profiles(profile_embeddings)
        self.num_users = num_users
        self.with_text = nodes_with_text(profile_embeddings, num_users)
        self.projector = PROJECTORS[projector](profile_embeddings.shape[1], output_dim, to_text=to_text)
        self.weight = weight

    def embeddings_from_text(self, texts: Tensor, trained: Tensor) -> Tensor:
        return self.projector(texts)
