"""The interface of every aligner."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from rlmrec.batch import Batch
from rlmrec.errors import UserError
from rlmrec.text.mapped_profiles import MappedProfiles

Profiles = Tensor | MappedProfiles
"""Profile vectors ``(N, T)``, users first; ids select rows of either."""


class Aligner(nn.Module, ABC):
    """What ties collaborative embeddings to text: a change of the layer-0 table, a loss on the node vectors, or both.

    Every aligner is built as ``Aligner(profiles, num_users, embedding_dim, output_dim, **options)`` with profile
    vectors ``(N, T)`` (None unless ``uses_profiles``), users first, the ego width ``d`` and the output width ``D``.
    """

    uses_profiles: ClassVar[bool] = True
    """False where profile vectors are not needed; they are then not even read."""
    places_profiles: ClassVar[bool] = False
    """Whether ``from_profiles`` is possible."""

    profiles: Profiles

    def keep(self, profiles: Profiles) -> None:
        """Keep profile vectors: a tensor follows the model to its device and stays out of checkpoints."""
        if isinstance(profiles, Tensor):
            self.register_buffer("profiles", profiles, persistent=False)
        else:
            self.profiles = profiles

    def corrupt(self, ego: Tensor) -> tuple[Tensor, Tensor | None]:
        """A changed copy of the layer-0 table ``(N, d)``, and the ids of masked nodes ``(m,)`` if any."""
        return ego, None

    @abstractmethod
    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        """Named loss terms with their weights applied, scalars.

        Args:
            nodes: the backbone's node vectors, ``(N, D)``.
            batch: the training batch; ``negatives`` is None for backbones without negatives.
            masked: what ``corrupt`` returned.
        """

    def from_profiles(self, nodes: Tensor, cold: Tensor, warm: Tensor) -> Tensor:
        """Where among the node vectors profiles alone would put nodes; only directions matter.

        Args:
            nodes: node vectors, ``(N, D)``; those of ``cold`` nodes mean nothing.
            cold: ids of users or of items to place, ``(C,)``.
            warm: ids of trained nodes of the same kind, ``(W,)``.

        Returns:
            ``(C, D)``.

        Raises:
            UserError: if the aligner learns no way from text to node vectors.
        """
        raise UserError(
            f"evaluation.cold_from_text=true: {type(self).__name__} cannot place profiles among node vectors"
        )
