"""Linear regression of items on all other items, regularised towards one of their profiles."""

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from torch.nn.functional import normalize

from rlmrec.backbones.fitted import ItemItem
from rlmrec.backbones.inverse import inverted, symmetric
from rlmrec.backbones.scores import Matrix
from rlmrec.backbones.text_profiles import refuse_items_without_text
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions

BYTES_PER_PAIR = 40
"""Memory per pair of items: five matrices in double precision while one of them is symmetrised."""


class L3AE(ItemItem):
    """Moon et al., "LLM-Enhanced Linear Autoencoders for Recommendation" (CIKM 2025).

    First, ``C`` regresses profiles ``F`` ``(num_items, T)`` on those of other items: ``C = -P_F / diag(P_F)`` with
    ``P_F = (F F' + text_ridge I)^-1``. Then ``B`` minimises ``|X - X B|^2 + (ridge - e) |B|^2 + e |B - C|^2`` with a
    zero diagonal, where ``e = share * ridge``: with ``P = (X'X + ridge I)^-1``, ``B = e P C - P diag((1 + e diag(P C))
    / diag(P))``. Scores are ``X B``; ``B`` is dense, ``(num_items, num_items)``. Here the rows of ``F`` have unit
    length.

    The published code has two ridges, one of them negative in its best configuration; their sum is ``ridge``.

    Published result: recall@20 on other splits and with other encoders.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; those of users are not used.
        ridge: total weight of the squared entries of ``B`` and of ``B - C``.
        share: share of ``B - C`` in it; above 1, the squares of ``B`` alone have a negative weight, as published.
        text_ridge: weight of the squared entries of ``C``.
    """

    uses_profiles = True
    accepts_one_sided = True
    own_texts = True

    def __init__(
        self,
        interactions: Interactions,
        profile_embeddings: ProfileEmbeddings,
        ridge: PositiveFloat = 200.0,
        share: NonNegativeFloat = 0.5,
        text_ridge: PositiveFloat = 10.0,
    ) -> None:
        super().__init__(interactions)
        self.profile_embeddings = profile_embeddings
        self.ridge = ridge
        self.share = share
        self.text_ridge = text_ridge

    def check(self) -> None:
        refuse_items_without_text(self.profile_embeddings, self.num_users, "l3ae", "; choose backbone=ease")

    def memory(self) -> int:
        return BYTES_PER_PAIR * self.num_items**2

    def weights(self) -> Matrix:
        texts = normalize(self.profile_embeddings[slice(self.num_users, None)].double(), dim=1).numpy()
        drawn_to = _regression_of_rows(texts, self.text_ridge)
        precision = np.asfortranarray((self.train.T @ self.train).toarray(), dtype=np.float64)
        precision[np.diag_indices(self.num_items)] += self.ridge
        precision = symmetric(inverted(precision))
        pull = self.share * self.ridge
        moved = precision @ drawn_to
        weights = pull * moved - precision * ((1 + pull * moved.diagonal()) / precision.diagonal())
        np.fill_diagonal(weights, 0)
        return weights.astype(np.float32)


def _regression_of_rows(rows: np.ndarray, ridge: float) -> np.ndarray:
    """Return the regression of rows on all others, ``(n, n)``: column ``i`` holds the coefficients of row ``i``."""
    within = rows.T @ rows  # (T, T): its inverse gives that of the (n, n) Gram matrix
    within[np.diag_indices(len(within))] += ridge
    precision = -(rows @ np.linalg.solve(within, rows.T)) / ridge
    precision[np.diag_indices(len(rows))] += 1 / ridge
    weights = -precision / precision.diagonal()
    np.fill_diagonal(weights, 0)
    return weights
