"""Linear regression of items on all other items."""

import numpy as np
from pydantic import PositiveFloat

from rlmrec.backbones.fitted import ItemItem
from rlmrec.backbones.inverse import inverted
from rlmrec.backbones.scores import Matrix
from rlmrec.graph import Interactions

BYTES_PER_PAIR = 12
"""Memory per pair of items: a float64 while the matrix is inverted, and the float32 of the result."""
ROWS_AT_ONCE = 1024


class EASE(ItemItem):
    """Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019).

    Least squares of ``X - X B`` with a ridge penalty and a zero diagonal has the closed form ``B = -P / diag(P)``, each
    column divided by its own entry, with ``P = (X'X + ridge I)^-1``; scores are ``X B``. ``B`` is dense,
    ``(num_items, num_items)``.

    Published result: BARS, Amazon-book recall@20 .0710, chosen on test. Measured here, on the published Amazon split of
    RLMRec with a ridge of 200: recall@20 .1656, ndcg@20 .1144; with 50: .1692, .1192.

    Args:
        interactions: the training interactions.
        ridge: weight of the squared entries of ``B``.
    """

    def __init__(self, interactions: Interactions, ridge: PositiveFloat = 200.0) -> None:
        super().__init__(interactions)
        self.ridge = ridge

    def memory(self) -> int:
        return BYTES_PER_PAIR * self.num_items**2

    def weights(self) -> Matrix:
        columns = self.train.T.tocsr()
        blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, self.num_items, ROWS_AT_ONCE)]
        # A single matrix in column-major order, which LAPACK overwrites in place.
        inverse = np.empty((self.num_items, self.num_items), order="F")
        for rows in blocks:
            inverse[rows] = (columns[rows] @ self.train).toarray()
        inverse[np.diag_indices(self.num_items)] += self.ridge
        inverse = inverted(inverse)
        diagonal = inverse.diagonal().copy()
        weights = np.empty(inverse.shape, np.float32)
        for rows in blocks:  # only the lower triangle is filled
            below = np.tril(inverse[rows], rows.start)
            above = np.tril(inverse[:, rows], -1 - rows.start).T
            weights[rows] = -(below + above) / diagonal
        np.fill_diagonal(weights, 0)
        return weights
