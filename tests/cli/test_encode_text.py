"""The entry point as a user would run it."""

import inspect
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import get_object

import embeddings_server
import tiny
import tiny_models
from embeddings_server import serving
from processes import start, wait_until
from rlmrec import compose
from rlmrec.cli import encode_text, train
from rlmrec.common.config_files import choices
from rlmrec.data.folder import FolderDataset
from rlmrec.data.updating import update_profiles
from rlmrec.options.validate_options import validate_options
from rlmrec.text.openai_encoder import OpenAIEncoder
from tiny import command, train_arguments

USERS = [f"reader {number}" for number in range(tiny.NUM_USERS)]
ITEMS = [f"book {number}" for number in range(tiny.NUM_ITEMS)]
KEY = "sk-very-secret-0123456789"


@pytest.fixture
def folder(tmp_path: Path, tiny_folder_without_text: Path) -> Path:
    copy = shutil.copytree(tiny_folder_without_text, tmp_path / "data")
    update_profiles(copy, USERS, ["", *ITEMS[1:]], {"made": "up"})
    return copy


def test_what_was_encoded_is_shown_and_training_logs_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(encode_text, f"folder={folder}", "encoder=random", "encoder.dim=12", "dtype=float16") == 0
    printed = capsys.readouterr().out
    info = json.loads((folder / "manifest.json").read_text())["embeddings"]
    line = f"text: random, 12 x float16, profiles {info['text_sha256'][:8]}, rlmrec-lightning"
    assert line in printed
    assert f"next: python src/train.py dataset=folder dataset.root={folder}" in printed
    assert command(train, *train_arguments(folder, tmp_path / "run", "text_ablation=shuffled")) == 0
    printed = capsys.readouterr().out
    assert "text: random, ablation shuffled, 12 x float16" in printed
    logged = json.loads((tmp_path / "run" / "metrics.json").read_text())["embeddings"]
    assert logged == info | {"ablation": "shuffled"}
    assert command(train, *train_arguments(folder, tmp_path / "plain", "align=none")) == 0
    assert "text:" not in capsys.readouterr().out, "what was not used is not reported"


def test_a_model_in_a_folder_with_a_transformation(folder: Path, tmp_path: Path) -> None:
    model = tiny_models.bert(tmp_path / "tiny-bert")
    options = ["encoder=bge", f"encoder.model={model}", "transform=whitening", "transform.dim=5"]
    assert command(encode_text, f"folder={folder}", *options) == 0
    info = json.loads((folder / "manifest.json").read_text())["embeddings"]
    assert (info["encoder"], info["dim"], info["options"]["pooling"]) == ("bge", 5, "cls")
    assert info["options"]["model"] == "tiny-bert"
    assert str(tmp_path) not in json.dumps(info)
    assert info["empty_profiles"] == {"users": 0, "items": 1}


def test_shuffled_takes_any_encoder(folder: Path) -> None:
    arguments = [f"folder={folder}", "encoder=shuffled", "encoder@encoder.of=random", "encoder.of.dim=7"]
    assert command(encode_text, *arguments) == 0
    info = json.loads((folder / "manifest.json").read_text())["embeddings"]
    assert info["options"]["of"] == {"encoder": "random", "dim": 7, "seed": 0}
    assert np.load(folder / "item_embeddings.npy").shape == (tiny.NUM_ITEMS, 7)


@pytest.mark.parametrize(
    ("mistake", "code", "says"),
    [
        (["encoder=bgee"], 2, ["encoder/bgee", "bge"]),
        (["encoder.dim=0"], 1, ["encoder.dim=0", "greater than 0"]),
        (["encoder=transformer", "encoder.pooling=max"], 1, ["encoder.pooling='max'", "'mean' or 'cls'"]),
        (["encoder=transformer", "encoder.model=nobody/none"], 1, ["encoder.model=nobody/none is not a folder"]),
        (["encoder=openai", "encoder.api_key_variable=NO_SUCH_KEY"], 1, ["NO_SUCH_KEY is not set"]),
        (["dtype=float64"], 1, ["dtype=float64", "'float32' or 'float16'"]),
        (["encoder=random", "transform=pca"], 1, ["transform.dim=128", "99 vectors of 128 numbers"]),
        (["folder=nowhere"], 1, ["nowhere is not a folder"]),
    ],
)
def test_mistakes(
    mistake: list[str], code: int, says: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "manifest.json").read_bytes()
    arguments = mistake if mistake[0].startswith("folder") else [f"folder={folder}", *mistake]
    assert command(encode_text, *arguments) == code
    printed = capsys.readouterr().err
    assert [words for words in says if words not in printed] == []
    assert "Traceback" not in printed
    assert len([line for line in printed.splitlines() if line.startswith("error")]) == 1
    assert (folder / "manifest.json").read_bytes() == before


def test_killed_with_an_endpoint_nothing_is_paid_for_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    size = 5
    arguments = [f"folder={folder}", "encoder=openai", f"encoder.batch_size={size}"]
    with serving(seconds=0.1, failures=(429, 500)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        process = start("encode_text", *arguments, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: len(server.encoded) >= 30, process)
        finally:
            process.kill()
            process.wait()
        server.seconds = 0.0
        assert command(encode_text, *arguments) == 0
        count = len(server.encoded)
        in_progress = OpenAIEncoder("m").concurrency * size
        assert count <= len(USERS) + len(ITEMS) - 1 + in_progress, "more than the requests in progress were repeated"
        assert set(server.encoded) == {*USERS, *ITEMS[1:]}
        assert command(encode_text, *arguments, "dtype=float16") == 0
        assert len(server.encoded) == count, "a second run asks for nothing"
        update_profiles(folder, ["new", *USERS[1:]], ITEMS, {"made": "up"})
        assert command(encode_text, *arguments) == 0
        assert sorted(server.encoded[count:]) == ["book 0", "new"]
    vectors = FolderDataset(str(folder)).load().user_embeddings
    expected = np.array([embeddings_server.vector(text) for text in ["new", *USERS[1:]]], dtype=np.float32)
    np.testing.assert_array_equal(vectors, expected)
    for path in folder.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes()


@pytest.mark.parametrize("group", ["encoder", "transform"])
def test_every_choice_composes_and_takes_its_options(group: str) -> None:
    assert len(choices(group)) >= 3
    for choice in choices(group):
        options = compose(["folder=x", f"{group}={choice}"], "encode_text")
        validate_options(options)
        names = set(options[group]) - {"_target_"}
        assert names <= set(inspect.signature(get_object(options[group]["_target_"])).parameters), choice


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(encode_text, "--help") == 0
    printed = capsys.readouterr().out
    for words in ("encoder=shuffled encoder@encoder.of=minilm", "transform: none, pca, whitening", "\ndtype=float32 "):
        assert words in printed
