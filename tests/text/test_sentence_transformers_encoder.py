import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules

import tiny_models
from rlmrec.common.errors import UserError
from rlmrec.text.sentence_transformers_encoder import SentenceTransformersEncoder
from rlmrec.text.transformer import TransformerEncoder

TEXTS = ["a quiet novel about a ship", "short", "an odd collection of tales: witty, dark and long " * 3]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the library saves it, mean pooling and a last linear layer included."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    body = modules.Transformer(str(tiny_models.bert(folder.with_name("body"))), max_seq_length=64)
    SentenceTransformer(modules=[body, modules.Pooling(16, "mean")]).save(str(folder))
    return folder


@pytest.fixture(scope="module")
def t5_with_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built like an Instructor model: T5, mean pooling, a linear layer."""
    folder = tmp_path_factory.mktemp("models") / "tiny-instructor"
    body = modules.Transformer(str(tiny_models.t5(folder.with_name("body"))), max_seq_length=64)
    layer = modules.Dense(16, 12, bias=False, activation_function=torch.nn.Identity())
    SentenceTransformer(modules=[body, modules.Pooling(16, "mean"), layer]).save(str(folder))
    return folder


def test_equals_our_mean_pooling(bert: Path) -> None:
    library = SentenceTransformersEncoder(str(bert)).encode(TEXTS)
    ours = TransformerEncoder(str(bert), max_length=64).encode(TEXTS)
    np.testing.assert_allclose(library, ours, atol=1e-6)


def test_prompt_left_out_of_the_pooling_and_last_layer(t5_with_layer: Path) -> None:
    options = {"prompt": "query: ", "pool_prompt": False}
    library = SentenceTransformersEncoder(str(t5_with_layer), normalize=False, **options).encode(TEXTS)
    pooled = TransformerEncoder(str(t5_with_layer), max_length=64, prefix="query: ", pool_prefix=False).encode(TEXTS)
    weight = SentenceTransformer(str(t5_with_layer))[2].linear.weight.detach().numpy()
    assert library.shape == (3, 12)
    expected = pooled @ weight.T
    library, expected = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (library, expected))
    np.testing.assert_allclose(library, expected, atol=1e-5)


def test_length_limit(bert: Path) -> None:
    cut = SentenceTransformersEncoder(str(bert), max_length=10).encode(TEXTS)
    np.testing.assert_allclose(cut, TransformerEncoder(str(bert), max_length=10).encode(TEXTS), atol=1e-6)


def test_a_later_layer_in_another_format_is_refused(t5_with_layer: Path, tmp_path: Path) -> None:
    layer = t5_with_layer / "2_Dense"
    kept = (layer / "model.safetensors").read_bytes()
    (layer / "model.safetensors").rename(layer / "pytorch_model.bin")
    try:
        with pytest.raises(UserError, match=r"pytorch_model\.bin is not in the safetensors format"):
            SentenceTransformersEncoder(str(t5_with_layer))
    finally:
        (layer / "pytorch_model.bin").unlink()
        (layer / "model.safetensors").write_bytes(kept)


def test_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UserError, match=r"pip install 'rlmrec-lightning\[sentence-transformers\]'"):
        SentenceTransformersEncoder("anything")
