"""A model in a folder, run over many profiles: batches, order, network and hostile weights."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tiny_models
from harmful import Touch
from rlmrec.common.errors import UserError
from rlmrec.text.encoder import Places
from rlmrec.text.transformer import TransformerEncoder

TEXTS = [f"book {number}: {'storm at sea ' * (number % 4)}" for number in range(10)] + ["x", "an unheard sign: §"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("models") / "tiny-bert")


def vectors(folder: Path, texts: list[str], places: Places, batch_size: int) -> np.ndarray:
    encoder = TransformerEncoder(str(folder), batch_size=batch_size, max_length=40, device="cpu")
    apart = Places(places.cache / str(batch_size), places.scratch)  # nothing is taken from the others' cache
    return np.array(encoder.encode_profiles(texts, 4, apart))


@pytest.mark.parametrize("batch_size", [2, 5, 100])
def test_neither_batches_nor_order_change_vectors(batch_size: int, folder: Path, places: Places) -> None:
    alone = vectors(folder, TEXTS, places, batch_size=1)
    order = np.random.default_rng(0).permutation(len(TEXTS))
    together = vectors(folder, [TEXTS[i] for i in order], places, batch_size)
    np.testing.assert_allclose(together, alone[order], atol=1e-5)
    apart = np.linalg.norm(alone[:, None] - alone, axis=2) + np.eye(len(TEXTS))
    assert apart.min() > 1e-3, "the texts have vectors of their own"


def test_a_folder_needs_no_network(folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("no connection is needed")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert vectors(folder, TEXTS, places, batch_size=4).shape == (len(TEXTS), 16)


@pytest.mark.parametrize("beside_safetensors", [True, False])
def test_pickled_weights_are_not_run(beside_safetensors: bool, folder: Path, tmp_path: Path) -> None:
    hostile, marker = shutil.copytree(folder, tmp_path / "hostile"), tmp_path / "was-run"
    torch.save({"weight": Touch(marker)}, hostile / "pytorch_model.bin")
    if beside_safetensors:
        TransformerEncoder(str(hostile), device="cpu").encode(TEXTS)
    else:
        (hostile / "model.safetensors").unlink()
        with pytest.raises(UserError, match="safetensors"):
            TransformerEncoder(str(hostile)).encode(TEXTS)
    assert not marker.exists()
    torch.load(hostile / "pytorch_model.bin", weights_only=False)
    assert marker.exists(), "the payload would have worked"
