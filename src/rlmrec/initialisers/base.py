"""The interface of every initialiser."""

from abc import ABC, abstractmethod

from torch import Tensor

from rlmrec.data.model_part import ModelPart
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


class Initialiser(ModelPart, ABC):
    """The base of initialisers, which set the initial embeddings of a backbone before training.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; None unless ``uses_profiles``.
    """

    uses_profiles = True
    needs_embeddings = True
    needs_table = True

    def __init__(self, interactions: Interactions, profile_embeddings: ProfileEmbeddings | None) -> None:
        self.interactions = interactions
        self.profile_embeddings = profile_embeddings

    @abstractmethod
    def first_weights(self, drawn: Tensor) -> Tensor:
        """Return the initial embeddings that training begins with.

        Args:
            drawn: random initial embeddings of the backbone, ``(N, d)``.

        Returns:
            ``(N, d)``.

        Raises:
            UserError: if profile embeddings of items are too few, too narrow or missing.
        """

    def trainable(self, drawn: Tensor) -> Tensor | None:
        """Return 1 for the entries of the initial embeddings that are trained and 0 for the others, ``(N, d)``.

        None means that all entries are trained.
        """
        return None
