"""Alternating least squares."""

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from scipy.sparse import csr_array

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.padded_rows import padded_rows
from rlmrec.backbones.scores import EmbeddingScores, Matrix, Scores
from rlmrec.common.seeding import derive_seed
from rlmrec.graph import Interactions

NUMBERS_AT_ONCE = 2**23
"""Numbers held at once in each of several arrays."""


class IALS(FittedBackbone):
    """Hu et al., "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008).

    Minimises ``c_ui (p_ui - x_u . y_i)^2`` summed over *all* pairs, plus ``ridge`` times the squared entries of the
    embeddings ``x`` ``(num_users, embedding_dim)`` and ``y`` ``(num_items, embedding_dim)``, alternately for items and
    users. The target ``p`` is 1 for interactions and 0 otherwise, the confidence ``c`` is ``1 + confidence * weight``
    for interactions and 1 otherwise. Weights of interactions are 1 unless the dataset stores others.

    Measured here, on xrec_yelp with 64 factors: recall@20 .2203, ndcg@20 .1078.

    Args:
        interactions: the training interactions.
        embedding_dim: width of the embeddings.
        confidence: confidence in an interaction of weight 1, beyond that in other pairs.
        ridge: weight of the squared entries of the embeddings.
        num_rounds: number of times that both sides are solved.
    """

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 64,
        confidence: NonNegativeFloat = 40.0,
        ridge: PositiveFloat = 100.0,
        num_rounds: PositiveInt = 15,
    ) -> None:
        super().__init__(interactions)
        self.weights = interactions.weight_matrix()
        self.embedding_dim = embedding_dim
        self.confidence = confidence
        self.ridge = ridge
        self.num_rounds = num_rounds

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"users": (self.num_users, self.embedding_dim), "items": (self.num_items, self.embedding_dim)}

    def fit(self, seed: int) -> dict[str, Matrix]:
        draws = np.random.default_rng(derive_seed(seed, "first factors", 0))
        users = draws.standard_normal((self.num_users, self.embedding_dim)) / np.sqrt(self.embedding_dim)
        by_user, by_item = self.weights, self.weights.T.tocsr()
        for _ in range(self.num_rounds):
            items = self._solved(by_item, users)
            users = self._solved(by_user, items)
        return {"users": users.astype(np.float32), "items": items.astype(np.float32)}

    def _solved(self, weights: csr_array, fixed: np.ndarray) -> np.ndarray:
        """Return the optimal embeddings of one side, given those of the other.

        Args:
            weights: weights of interactions, one row per embedding to solve for, ``(n, m)``.
            fixed: embeddings of the other side, ``(m, d)``.
        """
        everywhere = fixed.T @ fixed + self.ridge * np.eye(self.embedding_dim)
        solved = np.linalg.solve(everywhere, fixed.T).T
        found = np.zeros((weights.shape[0], self.embedding_dim))
        known = np.flatnonzero(np.diff(weights.indptr))  # zero is optimal for the others
        at_once = NUMBERS_AT_ONCE // self.embedding_dim
        for rows, places, present in padded_rows(weights, known, at_once, self.embedding_dim):
            items = weights.indices[places]
            near, beyond = fixed[items], self.confidence * weights.data[places] * present
            aims = present + beyond
            if places.shape[1] < self.embedding_dim:
                # Woodbury identity: invert a matrix as wide as the history instead of one as wide as the embeddings.
                through, root = solved[items], np.sqrt(beyond)
                kernel = near @ through.swapaxes(1, 2)
                inner = np.eye(places.shape[1]) + root[:, :, None] * kernel * root[:, None]
                share = np.linalg.solve(inner, root[:, :, None] * (kernel @ aims[:, :, None]))[..., 0]
                found[rows] = ((aims - root * share)[:, None] @ through)[:, 0]
            else:
                squares = everywhere + (near * beyond[..., None]).swapaxes(1, 2) @ near
                found[rows] = np.linalg.solve(squares, (aims[:, None] @ near).swapaxes(1, 2))[..., 0]
        return found

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        users, items = (torch.from_numpy(fitted[side]) for side in ("users", "items"))
        return EmbeddingScores(users, items)

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        items = fitted["items"]
        assert isinstance(items, np.ndarray)
        users = self._solved(histories, items.astype(np.float64)).astype(np.float32)
        return EmbeddingScores(torch.from_numpy(users), torch.from_numpy(items))
