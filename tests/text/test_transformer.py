import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertModel, T5EncoderModel

import tiny_models
from rlmrec.common.errors import UserError
from rlmrec.text.transformer import TransformerEncoder

TEXTS = ["a quiet novel about a ship", "short", "an odd collection of tales: witty, dark and long " * 3]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.t5(tmp_path_factory.mktemp("models") / "tiny-t5")


def hidden_states(model: torch.nn.Module, folder: Path, text: str, max_length: int) -> np.ndarray:
    """One text without any padding, ``(tokens, T)``."""
    tokens = AutoTokenizer.from_pretrained(folder)(text, truncation=True, max_length=max_length, return_tensors="pt")
    with torch.no_grad():
        return model(**tokens).last_hidden_state[0].numpy()


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.sqrt((vector**2).sum())


def test_mean_pooling_is_the_mean_over_tokens_whatever_the_padding(bert: Path) -> None:
    model = BertModel.from_pretrained(bert).eval()
    vectors = TransformerEncoder(str(bert), max_length=40).encode(TEXTS)
    expected = [unit(hidden_states(model, bert, text, 40).mean(0)) for text in TEXTS]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.dtype == np.float32


def test_cls_pooling_is_the_first_token(bert: Path) -> None:
    model = BertModel.from_pretrained(bert).eval()
    vectors = TransformerEncoder(str(bert), pooling="cls", max_length=40).encode(TEXTS)
    expected = [unit(hidden_states(model, bert, text, 40)[0]) for text in TEXTS]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_prefix_goes_before_every_text(bert: Path) -> None:
    with_prefix = TransformerEncoder(str(bert), prefix="query: ").encode(TEXTS)
    by_hand = TransformerEncoder(str(bert)).encode([f"query: {text}" for text in TEXTS])
    np.testing.assert_array_equal(with_prefix, by_hand)
    assert not np.allclose(with_prefix, TransformerEncoder(str(bert)).encode(TEXTS), atol=1e-3)


@pytest.mark.parametrize(("kind", "special"), [("bert", 1), ("t5", 0)])
def test_prefix_left_out_of_the_mean(kind: str, special: int, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind)
    model = (BertModel if kind == "bert" else T5EncoderModel).from_pretrained(folder).eval()
    encoder = TransformerEncoder(str(folder), prefix="query: ", pool_prefix=False, max_length=60)
    skipped = special + len("query:")  # a token for each letter
    expected = [unit(hidden_states(model, folder, f"query: {text}", 60)[skipped:].mean(0)) for text in TEXTS]
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-6)


def test_t5_is_used_without_its_decoder(t5: Path, tmp_path: Path) -> None:
    model = T5EncoderModel.from_pretrained(t5).eval()
    vectors = TransformerEncoder(str(t5)).encode(TEXTS)
    expected = [unit(hidden_states(model, t5, text, 256).mean(0)) for text in TEXTS]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    alone = shutil.copytree(t5, tmp_path / "alone")
    model.save_pretrained(alone)  # a folder that never had a decoder
    np.testing.assert_array_equal(TransformerEncoder(str(alone)).encode(TEXTS), vectors)


def test_texts_are_cut_to_what_the_model_takes(bert: Path) -> None:
    wide, exact = (TransformerEncoder(str(bert), max_length=length).encode(TEXTS) for length in (512, 64))
    np.testing.assert_array_equal(wide, exact)


def test_identity_follows_the_weights_and_not_the_place(bert: Path, tmp_path: Path) -> None:
    moved = tiny_models.bert(tmp_path / "tiny-bert")
    identity = TransformerEncoder(str(bert)).identity()
    assert TransformerEncoder(str(moved)).identity() == identity
    assert identity["model"] == "tiny-bert"
    model = BertModel.from_pretrained(moved)
    with torch.no_grad():
        next(model.parameters())[0, 0] += 1
    model.save_pretrained(moved)
    assert TransformerEncoder(str(moved)).identity() != identity
    assert TransformerEncoder(str(bert), pooling="cls").identity() != identity


def test_only_safetensors_are_read(bert: Path, tmp_path: Path) -> None:
    folder = tiny_models.bert(tmp_path / "old")
    torch.save(BertModel.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"has no \*\.safetensors"):
        TransformerEncoder(str(folder))


def test_unknown_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no model: config\.json is missing"):
        TransformerEncoder(str(tmp_path / "empty"))
    with pytest.raises(UserError, match="is not a folder, and could not be fetched") as error:
        TransformerEncoder("nobody/no-such-model")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_damaged_files_are_one_line(file: str, bert: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bert, tmp_path / "damaged")
    (folder / file).write_bytes((folder / file).read_bytes()[:100])
    encoder = TransformerEncoder(str(folder))
    with pytest.raises(UserError, match=rf"encoder\.model={folder} ") as error:
        encoder.encode(TEXTS)
    assert len(str(error.value).splitlines()) == 1


def test_custom_code_is_not_executed(bert: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bert, tmp_path / "custom")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')")
    with pytest.raises(UserError, match=r"encoder\.model="):
        TransformerEncoder(str(folder)).encode(TEXTS)
    assert not (tmp_path / "executed").exists()


def test_unknown_device(bert: Path) -> None:
    with pytest.raises(UserError, match="no-such-device"):
        TransformerEncoder(str(bert), device="no-such-device").encode(TEXTS)
