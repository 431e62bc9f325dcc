"""Transforms of all profile embeddings together."""

from typing import Any, Protocol

import numpy as np
from pydantic import PositiveInt
from sklearn.decomposition import PCA

from rlmrec.common.errors import UserError


class Transform(Protocol):
    """A transform that learns from all vectors, then changes any of them."""

    def fit(self, vectors: np.ndarray) -> None:
        """Learn from the vectors of all profiles that are not empty, ``(n, T)``."""

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return changed vectors, ``(m, dim)`` from ``(m, T)``."""

    def description(self) -> dict[str, Any] | None:
        """Return a description of the transform, JSON-ready; None for no change."""


class NoTransform:
    """The identity: vectors stay as they are."""

    def fit(self, vectors: np.ndarray) -> None:
        """Learn nothing."""

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return the same vectors."""
        return vectors

    def description(self) -> None:
        """Return None: nothing is changed."""


class PrincipalComponents:
    """Centring and projection onto the directions of largest variance (Pearson 1901), by scikit-learn.

    Signs are fixed by scikit-learn: the entry of largest magnitude of each direction is positive.

    Args:
        dim: number of directions kept.
        whiten: scale each to variance one (Su et al., "Whitening Sentence Representations", 2021).
    """

    def __init__(self, dim: PositiveInt = 128, whiten: bool = False) -> None:
        self.dim = dim
        self.whiten = whiten
        self.pca = PCA(dim, whiten=whiten, svd_solver="covariance_eigh")

    def fit(self, vectors: np.ndarray) -> None:
        """Learn mean and directions from all vectors, in double precision, so that whitening does not divide by noise.

        Raises:
            UserError: if there are fewer vectors, or narrower ones, than directions.
        """
        if min(len(vectors) - 1, vectors.shape[1]) < self.dim:
            raise UserError(
                f"transform.dim={self.dim} is more than {len(vectors)} vectors of {vectors.shape[1]} numbers can give"
            )
        self.pca.fit(np.asarray(vectors, dtype=np.float64))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return ``(m, dim)`` float32 from ``(m, T)``."""
        return self.pca.transform(np.asarray(vectors, dtype=np.float64)).astype(np.float32)

    def description(self) -> dict[str, Any]:
        """Return the options and the share of variance kept."""
        share = round(float(self.pca.explained_variance_ratio_.sum()), 6)
        return {"name": "whitening" if self.whiten else "pca", "dim": self.dim, "variance_kept": share}
