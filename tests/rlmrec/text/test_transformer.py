"""Sentence vectors of a small BERT with random weights."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from rlmrec.errors import UserError
from rlmrec.text.transformer import TransformerEncoder

SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
KNOWN = ("a", "book", "about", "the", "sea", "and", "love", "of", "ships", "or", "stars", "query", ":")
WORDS = [*SPECIAL.values(), *KNOWN]
PAD, UNK, CLS, SEP = range(4)
TEXTS = [
    "a book about love",
    "the sea",
    "",
    "ships and stars and ships and love of the sea or a book about stars and ships",
    "stars",
    "an unheard word",
    "the sea and the stars",
]
MAX_LENGTH = 12
WIDTH = 16


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    def refuse(*_: Any) -> None:
        raise AssertionError("a folder needs no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # the variable is read on import
        patch.setattr("socket.socket.connect", refuse)
        yield


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=MAX_LENGTH, **SPECIAL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as people keep them on disk."""
    path = tmp_path_factory.mktemp("models") / "tiny-bert"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=MAX_LENGTH,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(path)
    tokenizer().save_pretrained(path)
    assert (path / "model.safetensors").is_file()
    return path


def encoder(folder: Path, **options: Any) -> TransformerEncoder:
    return TransformerEncoder(str(folder), **{"max_length": MAX_LENGTH, "device": "cpu"} | options)


@torch.no_grad()
def hidden(folder: Path, text: str) -> np.ndarray:
    """The last layer for one text on its own: no batch, no padding, no tokenizer."""
    words = [WORDS.index(word) if word in WORDS else UNK for word in text.split()]
    tokens = [CLS, *words[: MAX_LENGTH - 2], SEP]
    model = BertModel.from_pretrained(folder).eval()
    return model(input_ids=torch.tensor([tokens])).last_hidden_state[0].numpy()


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.sqrt((vector**2).sum())


@pytest.mark.parametrize(("pooling", "pool"), [("mean", lambda rows: rows.mean(0)), ("cls", lambda rows: rows[0])])
def test_pooling_is_over_the_tokens_of_the_text_alone(pooling: str, pool: Any, folder: Path) -> None:
    vectors = encoder(folder, pooling=pooling).encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), WIDTH), np.float32)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert vector == pytest.approx(unit(pool(hidden(folder, text))), abs=1e-5), text


def test_poolings_differ(folder: Path) -> None:
    mean, first = (encoder(folder, pooling=pooling).encode(TEXTS) for pooling in ("mean", "cls"))
    assert abs(mean - first).max() > 0.1


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100])
def test_neither_batches_nor_order_change_vectors(batch_size: int, folder: Path) -> None:
    usual = encoder(folder).encode(TEXTS)
    order = [4, 0, 6, 2, 1, 5, 3]
    other = encoder(folder, batch_size=batch_size).encode([TEXTS[i] for i in order])
    assert other == pytest.approx(usual[order], abs=1e-5)
    assert len(np.unique(usual.round(3), axis=0)) == len(TEXTS), "the texts have vectors of their own"


def test_prefix(folder: Path) -> None:
    prefixed = encoder(folder, prefix="query : ").encode(TEXTS)
    assert prefixed == pytest.approx(encoder(folder).encode([f"query : {text}" for text in TEXTS]), abs=1e-6)
    assert abs(prefixed - encoder(folder).encode(TEXTS)).max() > 0.1


def test_longer_texts_are_cut(folder: Path) -> None:
    short = encoder(folder, max_length=4)
    assert short.encode(["the sea and stars"]) == pytest.approx(short.encode(["the sea"]), abs=1e-6)
    assert abs(encoder(folder).encode(["the sea and stars"]) - short.encode(["the sea"])).max() > 0.1


def test_encoding_is_repeatable_and_leaves_torch_in_training_mode(folder: Path) -> None:
    once = encoder(folder)
    assert np.array_equal(once.encode(TEXTS), once.encode(TEXTS)), "no dropout"
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


class Payload:
    """What a hostile checkpoint would run while it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("hostile", [True, False])
def test_a_pickled_checkpoint_is_refused_and_not_run(hostile: bool, folder: Path, tmp_path: Path) -> None:
    marker, pickled = tmp_path / "was-run", tmp_path / "pickled"
    shutil.copytree(folder, pickled, ignore=shutil.ignore_patterns("*.safetensors"))
    state = {"weight": Payload(marker)} if hostile else BertModel.from_pretrained(folder).state_dict()
    torch.save(state, pickled / "pytorch_model.bin")
    with pytest.raises(Exception, match="safetensors"):
        encoder(pickled)
    assert not marker.exists()
    torch.load(pickled / "pytorch_model.bin", weights_only=False)
    assert marker.exists() == hostile, "the payload would have worked"


@pytest.mark.parametrize("model", ["nowhere/at-all", "empty"])
def test_a_model_that_cannot_be_loaded(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=f"encoder.model={model}") as refusal:
        TransformerEncoder(model)
    assert "\n" not in str(refusal.value)
