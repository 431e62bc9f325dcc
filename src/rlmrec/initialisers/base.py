"""The interface of every initialiser."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


class Initialiser(ABC):
    """Changes what the initial embeddings of a backbone are before training.

    Args:
        interactions: the training interactions.
        profile_embeddings: users first, ``(N, T)``; None unless ``uses_profiles``.
    """

    needs_embeddings: ClassVar[bool] = True
    """False if the backbone need not have node embeddings."""
    needs_table: ClassVar[bool] = True
    """False if initial embeddings need not be trained."""
    uses_profiles: ClassVar[bool] = True
    """False if profile embeddings are not needed; they are then not read."""
    one_sided: ClassVar[bool] = False
    """True if users or items may have no profile embeddings at all."""
    own_texts: ClassVar[bool] = False
    """True if the profile embeddings of nodes without a profile of their own come as zeros, not as the mean."""

    def __init__(self, interactions: Interactions, profile_embeddings: ProfileEmbeddings | None) -> None:
        self.interactions = interactions
        self.profile_embeddings = profile_embeddings

    @abstractmethod
    def first_weights(self, drawn: Tensor) -> Tensor:
        """Return the initial embeddings that training begins with.

        Args:
            drawn: those that the backbone has drawn, ``(N, d)``.

        Returns:
            ``(N, d)``.

        Raises:
            UserError: if profile embeddings are too narrow, or items have none.
        """

    def trainable(self, drawn: Tensor) -> Tensor | None:
        """Return 1 for the entries of the initial embeddings that are trained and 0 for the others, ``(N, d)``.

        None: all are.
        """
        return None
