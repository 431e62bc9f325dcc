"""TF-IDF vectors."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from rlmrec.common.errors import UserError
from rlmrec.text.tfidf import TfidfEncoder

TEXTS = [
    "crime novels crime detectives",
    "detectives solve crime",
    "poetry gardens",
    "gardens flowers poetry",
    "novels poetry",
    "flowers detectives",
]


def weights(texts: list[str], min_documents: int) -> np.ndarray:
    """TF-IDF by loops: (1 + log tf) * (1 + log((1 + N) / (1 + df))) over words and pairs of words, of unit length."""
    counts = []
    for text in texts:
        words = text.split()
        counts.append(Counter(words + [" ".join(pair) for pair in pairwise(words)]))
    documents = Counter(term for count in counts for term in count)
    terms = sorted(term for term, number in documents.items() if number >= min_documents)
    table = np.zeros((len(texts), len(terms)))
    for row, count in enumerate(counts):
        for column, term in enumerate(terms):
            if count[term]:
                inverse = 1 + math.log((1 + len(texts)) / (1 + documents[term]))
                table[row, column] = (1 + math.log(count[term])) * inverse
    return table / np.linalg.norm(table, axis=1, keepdims=True)


@pytest.mark.parametrize(("min_documents", "dim"), [(1, 3), (2, 2), (2, 4)])
def test_similarities_are_those_of_an_exact_decomposition(min_documents: int, dim: int) -> None:
    vectors = TfidfEncoder(dim, min_documents).encode(TEXTS)
    left, lengths, _ = np.linalg.svd(weights(TEXTS, min_documents))
    exact = left[:, :dim] * lengths[:dim]
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    # Directions of the axes are arbitrary, angles between texts are not.
    assert vectors @ vectors.T == pytest.approx(exact @ exact.T, abs=1e-4)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), dim), np.float32)


def test_texts_on_the_same_subject_are_alike() -> None:
    vectors = TfidfEncoder(2, 1).encode(TEXTS)
    similar = vectors @ vectors.T
    assert similar[0, 1] > similar[0, 2]
    assert similar[2, 3] > similar[1, 3]


def test_a_text_without_known_words_is_zero_and_others_have_unit_length() -> None:
    vectors = TfidfEncoder(2, min_documents=2).encode([*TEXTS, "", "unheard of", "the and of"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * len(TEXTS) + [0] * 3, abs=1e-6)


def test_same_seed_same_vectors() -> None:
    first, again = (TfidfEncoder(3, 1, seed=5).encode(TEXTS) for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize(("dim", "fits"), [(5, True), (6, False), (100, False)])
def test_too_wide(dim: int, fits: bool) -> None:
    encoder = TfidfEncoder(dim, 1)
    if fits:
        assert encoder.encode(TEXTS).shape[1] == dim
        return
    # Seven words and ten pairs of them.
    with pytest.raises(UserError, match=f"encoder.dim={dim} is too wide for 6 texts of 17 distinct terms"):
        encoder.encode(TEXTS)


@pytest.mark.parametrize(
    ("texts", "min_documents"),
    [([""] * 6, 1), (["the", "and", "of"], 1), (["one word", "another"], 2), (TEXTS, 50)],
)
def test_no_words_at_all(texts: list[str], min_documents: int) -> None:
    says = rf"no word occurs in {min_documents} of the {len(texts)} profiles: lower encoder\.min_documents"
    with pytest.raises(UserError, match=says):
        TfidfEncoder(2, min_documents).encode(texts)
