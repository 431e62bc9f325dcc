"""An encoder that needs no download."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import PositiveInt
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Seed
from rlmrec.common.terminal import progress_bar
from rlmrec.text.encoder import Encoder, EncodeTexts, Places


class TfidfEncoder(Encoder):
    """TF-IDF over words and word pairs, reduced by truncated SVD (latent semantic analysis; Deerwester et al. 1990).

    Every vector depends on all texts, so vectors are not cached: recomputing all of them takes seconds.

    Args:
        dim: width ``T`` of the vectors.
        min_documents: minimum number of texts that a word must occur in.
        seed: seed of the randomised SVD.
    """

    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scikit-learn")

    def __init__(self, dim: PositiveInt = 128, min_documents: PositiveInt = 2, seed: Seed = 0) -> None:
        self.dim = dim
        self.min_documents = min_documents
        self.seed = seed

    def identity(self) -> dict[str, Any]:
        return {"encoder": "tfidf", "dim": self.dim, "min_documents": self.min_documents, "seed": self.seed}

    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        return self.encode(texts)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors of unit length, zero for texts without known words, ``(len(texts), dim)`` float32.

        Raises:
            UserError: if there are not more than ``dim`` texts and distinct terms.
        """
        return self._fitted(texts)[2]

    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        vectorizer, decomposition, _ = self._fitted(known)

        def encode(texts: Sequence[str]) -> np.ndarray:
            vectors: np.ndarray = normalize(decomposition.transform(vectorizer.transform(texts)))
            return vectors.astype(np.float32)

        return encode

    def _fitted(self, texts: Sequence[str]) -> tuple[TfidfVectorizer, TruncatedSVD, np.ndarray]:
        vectorizer = TfidfVectorizer(
            sublinear_tf=True,
            ngram_range=(1, 2),
            min_df=self.min_documents,
            stop_words="english",
            dtype=np.float32,
        )
        try:
            weights = vectorizer.fit_transform(progress_bar(texts, desc="counting words", unit="text", leave=False))
        except ValueError:  # every word is a stop word or too rare
            raise UserError(
                f"no word occurs in {self.min_documents} of the {len(texts)} profiles: lower encoder.min_documents"
            ) from None
        if min(weights.shape) <= self.dim:
            raise UserError(
                f"encoder.dim={self.dim} is too wide for {weights.shape[0]} texts of {weights.shape[1]} distinct terms"
            )
        decomposition = TruncatedSVD(self.dim, random_state=self.seed)
        vectors = decomposition.fit_transform(weights)
        return vectorizer, decomposition, normalize(vectors).astype(np.float32)
