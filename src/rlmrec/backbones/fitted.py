"""The interface of recommenders that are fitted rather than trained."""

from abc import ABC, abstractmethod

from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.backbones.scores import Matrix, MatrixScores, Scores
from rlmrec.data.model_part import ModelPart
from rlmrec.graph import Interactions


class FittedBackbone(ModelPart, ABC):
    """A recommender computed directly from the training interactions: no epochs, losses or alignment.

    Args:
        interactions: the training interactions.
    """

    has_embeddings = False
    has_table = False

    def __init__(self, interactions: Interactions) -> None:
        self.num_users, self.num_items = interactions.num_users, interactions.num_items
        self.train = interactions.matrix()

    @property
    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Return the names and shapes of the matrices that ``fit`` returns."""

    def check(self) -> None:
        """Check, before the run folder is created, for errors that would end the fit.

        Raises:
            UserError: if an input of the fit is invalid.
        """
        return

    @abstractmethod
    def fit(self, seed: int) -> dict[str, Matrix]:
        """Return all learned matrices, float32; the seed determines only random initial values."""

    @abstractmethod
    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        """Return the scores that follow from the result of ``fit``."""

    def item_similarity(self, fitted: dict[str, Matrix]) -> Matrix | None:
        """Return item similarities, ``(num_items, num_items)``; None if the method has no such matrix."""
        return None

    def user_similarity(self, fitted: dict[str, Matrix]) -> Matrix | None:
        """Return user similarities, ``(num_users, num_users)``; None if the method has no such matrix."""
        return None

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores | None:
        """Return the scores of users absent from the fit, everything else unchanged.

        Args:
            fitted: result of ``fit``.
            histories: canonical binary interactions of new users, ``(V, num_items)`` float32.

        Returns:
            Scores of the new users; None if the method does not support them.
        """
        return None

    def embeddings_from_text(self, texts: Tensor) -> Tensor:
        """Return embeddings ``(C, D)`` of nodes without interactions from their profile embeddings ``(C, T)``.

        Without an implementation, users without interactions have no scores.
        """
        raise NotImplementedError(f"{type(self).__name__} does not place nodes by their profiles")

    def memory(self) -> int:
        """Return the bytes needed for fitting if they grow faster than the interactions, else 0."""
        return 0


class ItemItem(FittedBackbone):
    """A method with scores ``X W``: interactions ``X`` times item weights ``W``, ``(num_items, num_items)``."""

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"items": (self.num_items, self.num_items)}

    @abstractmethod
    def weights(self) -> Matrix:
        """Return ``W``: row ``i`` is the contribution of an interaction with item ``i`` to the scores of all items."""

    def fit(self, seed: int) -> dict[str, Matrix]:
        return {"items": self.weights()}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        return self.fold_in(fitted, self.train)

    def item_similarity(self, fitted: dict[str, Matrix]) -> Matrix:
        return fitted["items"]

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        return MatrixScores(histories, fitted["items"])
