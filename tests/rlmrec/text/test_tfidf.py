import numpy as np
import pytest

from rlmrec.errors import UserError
from rlmrec.text.tfidf import TfidfEncoder

SHIPS = [f"stories of ships, sailors and the sea, volume {number}" for number in range(20)]
TRAINS = [f"railway timetables and locomotives, volume {number}" for number in range(20)]


def test_texts_on_one_thing_are_near_each_other() -> None:
    vectors = TfidfEncoder(dim=4).encode(SHIPS + TRAINS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    cosines = vectors @ vectors.T
    assert cosines[:20, :20].mean() > cosines[:20, 20:].mean() + 0.5


def test_same_texts_and_seed_same_vectors() -> None:
    first, second = (TfidfEncoder(dim=4, seed=1).encode(SHIPS + TRAINS) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_text_without_a_known_word_has_a_zero_vector() -> None:
    assert not TfidfEncoder(dim=4).encode([*SHIPS, *TRAINS, "unheard of", "the and of"])[-2:].any()


def test_too_few_words() -> None:
    with pytest.raises(UserError, match=r"encoder\.dim=500 is too wide for 40 texts of \d+ distinct terms"):
        TfidfEncoder(dim=500).encode(SHIPS + TRAINS)
    with pytest.raises(UserError, match=r"no word occurs in 2 of the 3 profiles: lower encoder\.min_documents"):
        TfidfEncoder(dim=1).encode(["ships", "trains", "the"])
