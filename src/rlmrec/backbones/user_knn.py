"""User neighbourhoods."""

import numpy as np
from pydantic import NonNegativeFloat, PositiveInt
from scipy.sparse import csr_array

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.neighbours import top_of_product
from rlmrec.backbones.scores import Matrix, MatrixScores, Scores
from rlmrec.backbones.similarity import shrunk_cosine
from rlmrec.graph import Interactions


class UserKNN(FittedBackbone):
    """Resnick et al., "GroupLens: An Open Architecture for Collaborative Filtering of Netnews" (CSCW 1994).

    With ``c_uv`` items in common and ``n_u`` items of a user, the similarity is ``c_uv / (sqrt(n_u n_v) + shrinkage)``,
    as in ``item_knn``. The score of an item is the sum of similarities over those of the user's ``num_neighbours``
    nearest users who have it: ``W X`` with ``W`` ``(num_users, num_users)``, at most ``num_neighbours`` entries per
    row, and ``X`` ``(num_users, num_items)``.

    Published result: BARS has no user neighbourhoods; its ItemKNN has recall@20 .0736 on Amazon-book, chosen on test.

    Args:
        interactions: the training interactions.
        num_neighbours: number of users kept for each user.
        shrinkage: constant that reduces similarities based on few items.
    """

    def __init__(
        self, interactions: Interactions, num_neighbours: PositiveInt = 100, shrinkage: NonNegativeFloat = 10.0
    ) -> None:
        super().__init__(interactions)
        self.num_neighbours = num_neighbours
        self.shrinkage = shrinkage

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"users": (self.num_users, self.num_users)}

    def fit(self, seed: int) -> dict[str, Matrix]:
        users_of = self.train.T.tocsr()
        rescale = shrunk_cosine(self.train, self.shrinkage)
        return {"users": top_of_product(self.train, users_of, self.num_neighbours, rescale)}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        nearest = fitted["users"]
        assert not isinstance(nearest, np.ndarray)
        return MatrixScores(nearest, self.train)

    def user_similarity(self, fitted: dict[str, Matrix]) -> Matrix:
        return fitted["users"]

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        rescale = shrunk_cosine(histories, self.shrinkage, self.train)
        nearest = top_of_product(histories, self.train.T.tocsr(), self.num_neighbours, rescale, with_diagonal=True)
        return MatrixScores(nearest, self.train)
