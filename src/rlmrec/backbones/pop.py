"""Most popular items."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.scores import Matrix, MatrixScores, Scores


class Pop(FittedBackbone):
    """The same ranking for all users: the score of an item is its number of training interactions, ``(1, num_items)``.

    The baseline for all other backbones. On the published Amazon split: recall@20 .0318, ndcg@20 .0182.
    """

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"popularity": (1, self.num_items)}

    def fit(self, seed: int) -> dict[str, Matrix]:
        return {"popularity": self.train.sum(axis=0, dtype=np.float32)[None]}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        return self.fold_in(fitted, self.train)

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        return MatrixScores(csr_array(np.ones((histories.shape[0], 1), np.float32)), fitted["popularity"])
