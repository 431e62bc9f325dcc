"""The interface of every aligner."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.data.model_part import ProfileModule
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch

ROWS_AT_ONCE = 2**14


class Aligner(ProfileModule, ABC):
    """An alignment of collaborative embeddings with text.

    An aligner changes the initial embeddings, adds loss terms on the node embeddings, or both. Every aligner is built
    as ``Aligner(profile_embeddings, num_users, embedding_dim, output_dim, **options)`` with profile embeddings
    ``(N, T)``, users first (None unless ``uses_profiles``), the embedding dimension ``d`` and the output width ``D``.
    """

    reads_all_nodes: ClassVar[bool] = False
    """Whether the losses read node embeddings other than those of the batch and of masked nodes."""
    has_static_shapes: bool = False
    """Whether the losses have the same shapes for all batches with weights; they must then ignore pairs of weight 0."""

    def corrupt(self, initial: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return a changed copy of the initial embeddings ``(N, d)`` and the ids of masked nodes ``(m,)``, or None."""
        return initial, None

    @abstractmethod
    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        """Return named scalar loss terms with their weights applied.

        Args:
            nodes: node embeddings of the backbone, ``(N, D)``.
            batch: training batch; ``negatives`` is None for backbones without negatives.
            masked: node ids that ``corrupt`` returned.
        """

    def embeddings_from_text(self, texts: Tensor, trained: Tensor) -> Tensor:
        """Return node embeddings computed from profile embeddings alone; only their directions matter.

        Args:
            texts: profile embeddings of users or of items, ``(C, T)``.
            trained: embeddings of trained nodes of the same kind, ``(W, D)``.

        Returns:
            Node embeddings, ``(C, D)``.

        Raises:
            UserError: if the aligner learns no mapping from text to node embeddings.
        """
        raise UserError(
            f"evaluation.cold_from_text=true: {type(self).__name__} cannot place profiles among node embeddings"
        )


def nodes_with_text(profile_embeddings: ProfileEmbeddings, num_users: int) -> range:
    """Return the ids of all nodes, or only those of users or items if all profile embeddings of the others are zero.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
    """
    count = len(profile_embeddings)
    users, items = (_any(profile_embeddings, part) for part in (range(num_users), range(num_users, count)))
    if users == items:
        return range(count)
    return range(num_users) if users else range(num_users, count)


def _any(embeddings: ProfileEmbeddings, rows: range) -> bool:
    """Return whether any entry of some rows is non-zero, which the first chunk usually answers."""
    starts = range(rows.start, rows.stop, ROWS_AT_ONCE)
    return any(bool(embeddings[start : min(start + ROWS_AT_ONCE, rows.stop)].any()) for start in starts)
