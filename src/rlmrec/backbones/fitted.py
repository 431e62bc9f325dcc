"""The interface of recommenders that are fitted, not trained."""

from abc import ABC, abstractmethod

from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.backbones.scores import Matrix, MatrixScores, Scores
from rlmrec.data.model_part import ModelPart
from rlmrec.graph import Interactions


class FittedBackbone(ModelPart, ABC):
    """A recommender that is computed at once from the training interactions: no epochs, losses or alignment.

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
        """Return the names of the matrices that ``fit`` finds, and the shape of each."""

    def check(self) -> None:
        """Refuse what would end the fit, as far as it can be told before the run has a folder.

        Raises:
            UserError: if something that the fit needs is wrong.
        """
        return

    @abstractmethod
    def fit(self, seed: int) -> dict[str, Matrix]:
        """Return all that is learned from the interactions, float32; only a random start follows from the seed."""

    @abstractmethod
    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        """Return the scores that follow from what ``fit`` found."""

    def item_similarity(self, fitted: dict[str, Matrix]) -> Matrix | None:
        """Return how alike items are, ``(num_items, num_items)``; None where the method has no such matrix."""
        return None

    def user_similarity(self, fitted: dict[str, Matrix]) -> Matrix | None:
        """Return how alike users are, ``(num_users, num_users)``; None where the method has no such matrix."""
        return None

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores | None:
        """Return the scores of users who were not there when it was fitted, as if all else had stayed the same.

        Args:
            fitted: what ``fit`` found.
            histories: ones where a new user and an item interacted, canonical, ``(V, num_items)`` float32.

        Returns:
            Scores of the new users; None where the method cannot say.
        """
        return None

    def embeddings_from_text(self, texts: Tensor) -> Tensor:
        """Return the embeddings of nodes without interactions, ``(C, D)``, from their profile embeddings ``(C, T)``.

        Users without interactions have no scores where this is not implemented.
        """
        raise NotImplementedError(f"{type(self).__name__} does not place nodes by their profiles")

    def memory(self) -> int:
        """Return the bytes that fitting needs where they grow faster than the interactions; 0 where they do not."""
        return 0


class ItemItem(FittedBackbone):
    """Scores ``X W``: training interactions ``X`` times a matrix ``W`` of items, ``(num_items, num_items)``."""

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"items": (self.num_items, self.num_items)}

    @abstractmethod
    def weights(self) -> Matrix:
        """Return ``W``: row ``i`` is what an interaction with item ``i`` adds to the scores of all items."""

    def fit(self, seed: int) -> dict[str, Matrix]:
        return {"items": self.weights()}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        return self.fold_in(fitted, self.train)

    def item_similarity(self, fitted: dict[str, Matrix]) -> Matrix:
        return fitted["items"]

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        return MatrixScores(histories, fitted["items"])
