"""A text encoder that needs no download."""

from collections.abc import Sequence

import numpy as np
from pydantic import PositiveInt
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from rlmrec.errors import UserError


class TfidfEncoder:
    """TF-IDF over words and word pairs, reduced by a truncated SVD (latent semantic analysis; Deerwester et al. 1990).

    Args:
        dim: width ``T`` of the vectors.
        min_documents: words in fewer texts are left out.
        seed: of the randomised SVD.
    """

    def __init__(self, dim: PositiveInt = 128, min_documents: PositiveInt = 2, seed: int = 0) -> None:
        self.dim = dim
        self.min_documents = min_documents
        self.seed = seed

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of unit length, zero where a text has no known word, ``(len(texts), dim)`` float32.

        Raises:
            UserError: if the texts hold fewer distinct words than ``dim``.
        """
        vectorizer = TfidfVectorizer(
            sublinear_tf=True,
            ngram_range=(1, 2),
            min_df=self.min_documents,
            stop_words="english",
            dtype=np.float32,
        )
        weights = vectorizer.fit_transform(texts)
        if min(weights.shape) <= self.dim:
            raise UserError(
                f"encoder.dim={self.dim} is too wide for {weights.shape[0]} texts of {weights.shape[1]} distinct terms"
            )
        vectors = TruncatedSVD(self.dim, random_state=self.seed).fit_transform(weights)
        return normalize(vectors).astype(np.float32)
