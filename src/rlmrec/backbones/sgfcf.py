"""Graph filtering with a gentler normalisation and filters that differ between nodes."""

from functools import cached_property
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, Le
from pydantic import NonNegativeFloat, PositiveInt
from scipy.sparse import csr_array

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.homophily import homophily
from rlmrec.backbones.normalising import power, scaled
from rlmrec.backbones.scores import EmbeddingScores, Matrix, MatrixScores, Scores, SumOfScores
from rlmrec.backbones.singular_vectors import NEGLIGIBLE, count_at_most, fit_start, singular_vectors
from rlmrec.graph import Interactions

MOST_POWER = 2.0
"""Largest exponent of degrees; beyond it, all but the rarest interactions nearly vanish."""


class SGFCF(FittedBackbone):
    """Peng et al., "How Powerful is Graph Filtering for Recommendation" (KDD 2024): simplified graph filtering.

    ``R`` are the interactions divided by ``(items of the user + degree_offset) ** degree_power`` and by the same term
    for the users of the item; ``U S V'`` are its first singular vectors and values, scaled to a largest value of 1.
    Scores are ``U S^p V'``, a low-pass filter, plus ``linear_weight`` times ``R R' R``, a linear filter, each divided
    by the sum of its row. The exponent ``p`` is the sum of one part for the user and one for the item: ``filter_power``
    plus ``homophily_power`` times the node's homophily, rescaled to 0 ... 1 within its side. The item-item matrix is
    never formed. ``V`` is ``(num_items, num_vectors)``.

    Differences from the published code: its last sigmoid, which changes no ranking, is left out; a low-pass row whose
    sum is not positive, which would reverse the ranking, is zero. Without ``homophily_power`` it is
    ``sgfcf_wo_igf.py``.

    The authors' values for Gowalla are 650 vectors, powers .34 and 1.3, and a linear weight of 1.6. RLMRec's splits are
    not in the paper; docs/leaderboard.md has recall@20 on these.

    Args:
        interactions: the training interactions.
        num_vectors: number of singular vectors, fewer if the interactions have fewer.
        degree_offset: constant added to degrees; the paper's alpha.
        degree_power: exponent of degrees, at most 2; the paper's epsilon. The usual normalisation has .5.
        filter_power: exponent of the singular values, once for the user and once for the item; the paper's beta 1.
        homophily_power: further exponent at the greatest homophily; the paper's beta 2 minus beta 1.
        linear_weight: weight of the linear filter; the paper's gamma.
    """

    def __init__(
        self,
        interactions: Interactions,
        num_vectors: PositiveInt = 256,
        degree_offset: NonNegativeFloat = 0.0,
        degree_power: Annotated[float, Ge(0), Le(MOST_POWER)] = 0.34,
        filter_power: NonNegativeFloat = 1.3,
        homophily_power: NonNegativeFloat = 0.0,
        linear_weight: NonNegativeFloat = 1.6,
    ) -> None:
        super().__init__(interactions)
        self.num_vectors = count_at_most(self.train, num_vectors)
        self.degree_offset, self.degree_power = degree_offset, degree_power
        self.filter_power, self.homophily_power = filter_power, homophily_power
        self.linear_weight = linear_weight

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        found = {"vectors": (self.num_items, self.num_vectors), "values": (1, self.num_vectors)}
        return found | ({"homophily": (1, self.num_users + self.num_items)} if self.homophily_power else {})

    @cached_property
    def normalised(self) -> csr_array:
        """Return ``R``."""
        return scaled(self._of_items(self.train), rows=self._weight(np.diff(self.train.indptr)))

    @cached_property
    def transposed(self) -> csr_array:
        """Return ``R'``."""
        return self.normalised.T.tocsr()

    @cached_property
    def linear_sums(self) -> np.ndarray:
        """Return the sum of each row of ``R' R``, ``(num_items,)``."""
        return np.asarray(self.transposed @ (self.normalised @ np.ones(self.num_items)))

    def _of_items(self, histories: csr_array) -> csr_array:
        """Return histories with columns normalised by the degrees of items in training."""
        return scaled(histories, columns=self._weight(np.asarray(self.train.sum(axis=0))))

    def _weight(self, counts: np.ndarray) -> np.ndarray:
        return power(counts + self.degree_offset * (counts > 0), -self.degree_power)

    def fit(self, seed: int) -> dict[str, Matrix]:
        _, values, vectors = singular_vectors(self.normalised, self.num_vectors, fit_start(seed))
        found = {"vectors": vectors, "values": values[None]}
        if self.homophily_power:
            sides = (self.train, self.train.T.tocsr())
            found["homophily"] = np.concatenate([homophily(side, side, 2) for side in sides])[None]
        return {name: np.ascontiguousarray(matrix.astype(np.float32)) for name, matrix in found.items()}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        return self._scores(fitted, self.train, self._known(fitted)[0] if self.homophily_power else None)

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        # A new user with two items that one training user has is a second user who has both.
        of_users = homophily(histories, self.train, 1) if self.homophily_power else None
        return self._scores(fitted, histories, of_users)

    def _known(self, fitted: dict[str, Matrix]) -> list[np.ndarray]:
        """Return the homophily of users, ``(num_users,)``, and of items, ``(num_items,)``."""
        return np.split(np.asarray(fitted["homophily"])[0], [self.num_users])

    def _scores(self, fitted: dict[str, Matrix], histories: csr_array, of_users: np.ndarray | None) -> Scores:
        vectors, values = np.asarray(fitted["vectors"]), np.asarray(fitted["values"])[0]
        relative = values / values.max(initial=1e-12)
        kept = relative > NEGLIGIBLE
        signals = self._of_items(histories)
        users = (signals @ vectors[:, kept]) / values[kept]
        alike: list[np.ndarray] | list[None] = [None, None]
        if of_users is not None:
            known = self._known(fitted)
            alike = [_share(of_users, known[0]), _share(known[1], known[1])]
        users = users * self._filter(relative[kept], alike[0])
        items = vectors[:, kept] * self._filter(relative[kept], alike[1])
        users = users * _inverse(users @ items.sum(axis=0))[:, None]
        low_pass = EmbeddingScores(*(torch.from_numpy(part.astype(np.float32)) for part in (users, items)))
        weighted = scaled(signals, rows=self.linear_weight * _inverse(signals @ self.linear_sums))
        return SumOfScores(MatrixScores(weighted, self.transposed, self.normalised), low_pass)

    def _filter(self, relative: np.ndarray, alike: np.ndarray | None) -> np.ndarray:
        """Return powers of the singular values, ``(n, k)``, or ``(1, k)`` if they are the same for all nodes.

        Args:
            relative: singular values relative to the largest, ``(k,)``.
            alike: homophily of the nodes, rescaled to 0 ... 1, ``(n,)``; None to ignore it.
        """
        if alike is None:
            return relative[None] ** self.filter_power
        return relative[None] ** (self.filter_power + self.homophily_power * alike)[:, None]


def _share(homophily: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the positions of values between the least and the greatest known value, clipped to 0 ... 1."""
    return np.clip((homophily - known.min()) / max(float(np.ptp(known)), 1e-12), 0, 1)


def _inverse(sums: np.ndarray) -> np.ndarray:
    return np.divide(1, sums, out=np.zeros(len(sums)), where=sums > 0)
