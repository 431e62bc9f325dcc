"""Transforms fitted on all profile embeddings."""

from typing import Any, Protocol

import numpy as np
from pydantic import PositiveInt
from sklearn.decomposition import PCA

from rlmrec.common.errors import UserError


class Transform(Protocol):
    """A transform that is fitted on all vectors and then applied to any."""

    def fit(self, vectors: np.ndarray) -> None:
        """Fit the transform on the vectors of all non-empty profiles, ``(n, T)``."""

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return transformed vectors, ``(m, dim)`` from ``(m, T)``."""

    def description(self) -> dict[str, Any] | None:
        """Return a JSON-serialisable description of the transform; None for the identity."""


class NoTransform:
    """The identity transform."""

    def fit(self, vectors: np.ndarray) -> None:
        """Do nothing."""

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return the vectors unchanged."""
        return vectors

    def description(self) -> None:
        """Return None, the description of the identity."""


class PrincipalComponents:
    """Principal component analysis (Pearson 1901) by scikit-learn: centring and projection.

    scikit-learn makes the signs deterministic: the entry of largest magnitude of each direction is positive.

    Args:
        dim: number of directions to keep.
        whiten: whether to scale each to unit variance (Su et al., "Whitening Sentence Representations", 2021).
    """

    def __init__(self, dim: PositiveInt = 128, whiten: bool = False) -> None:
        self.dim = dim
        self.whiten = whiten
        self.pca = PCA(dim, whiten=whiten, svd_solver="covariance_eigh")

    def fit(self, vectors: np.ndarray) -> None:
        """Fit mean and directions in double precision, so that whitening does not divide by rounding noise.

        Raises:
            UserError: if ``dim`` exceeds the number of vectors minus one, or their width.
        """
        if min(len(vectors) - 1, vectors.shape[1]) < self.dim:
            raise UserError(
                f"transform.dim={self.dim} is more than {len(vectors)} vectors of {vectors.shape[1]} numbers can give"
            )
        self.pca.fit(np.asarray(vectors, dtype=np.float64))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return the projected vectors, ``(m, dim)`` float32 from ``(m, T)``."""
        return self.pca.transform(np.asarray(vectors, dtype=np.float64)).astype(np.float32)

    def description(self) -> dict[str, Any]:
        """Return the options and the share of variance that is kept."""
        share = round(float(self.pca.explained_variance_ratio_.sum()), 6)
        return {"name": "whitening" if self.whiten else "pca", "dim": self.dim, "variance_kept": share}
