"""From a published folder to vectors and training: the other entry points, end to end."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from rlmrec.cli import encode_text, train
from rlmrec.data.folder import FolderDataset
from rlmrec.text.tfidf import TfidfEncoder
from tiny import FAST, command
from xrec_source import NUM_ITEMS, NUM_USERS, prepare, profile, read_lines, write_lines, write_source


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "published")


def encode(folder: Path, *more: str) -> int:
    return command(encode_text, f"folder={folder}", "encoder.min_documents=1", "encoder.dim=6", *more)


def test_prepare_keeps_everything(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "data"
    assert prepare(source, out, "source.name=mine") == 0
    dataset = FolderDataset(str(out)).load()
    for split, matrix in (("trn", dataset.train), ("val", dataset.val), ("tst", dataset.test)):
        assert np.array_equal(matrix.toarray(), sparse.load_npz(source / f"sub_{split}.npz").toarray())
    assert dataset.users["profile"].to_list() == [profile("user", i) for i in range(NUM_USERS)]
    assert dataset.items["title"].to_list() == [f"Place {i}" for i in range(NUM_ITEMS)]
    assert dataset.items["profile"].to_list() == [profile("item", i) for i in range(NUM_ITEMS)]
    assert dataset.items["external_id"].to_list() == [str(i) for i in range(NUM_ITEMS)]
    assert dataset.name == "mine"
    printed = capsys.readouterr().out
    assert "mine: 12 users, 9 items" in printed
    assert f"python src/encode_text.py folder={out}" in printed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tea\u2028and cake\x85", "tea\u2028and cake\x85"),  # line breaks of Unicode, which JSON need not escape
        ("two\nlines", "two\nlines"),
        (None, ""),
        ("", ""),
    ],
)
def test_texts_are_read_as_they_were_written(written: str | None, read: str, source: Path, tmp_path: Path) -> None:
    rows = read_lines(source / "sub_items.jsonl")
    rows[4] |= {"title": written, "profile": written}
    write_lines(source / "sub_items.jsonl", rows)
    assert prepare(source, tmp_path / "data") == 0
    item = FolderDataset(str(tmp_path / "data")).load().items.row(4, named=True)
    assert (item["title"], item["profile"]) == (read, read)


def test_encode_puts_vectors_of_the_profiles_in_place(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "data"
    assert prepare(source, out) == 0
    assert encode(out) == 0
    assert "text: tfidf" in capsys.readouterr().out
    dataset = FolderDataset(str(out)).load()
    texts = [*dataset.users["profile"], *dataset.items["profile"]]
    assert np.array_equal(dataset.profile_embeddings(), TfidfEncoder(6, min_documents=1).encode(texts))
    similar = dataset.profile_embeddings() @ dataset.profile_embeddings().T
    assert similar[0, NUM_USERS + 6] > similar[0, NUM_USERS + 7] + 0.3, "user 0 and item 6 are about cake"
    kept = json.loads((out / "manifest.json").read_text())["embeddings"]
    assert (kept["encoder"], kept["dim"], kept["options"]["min_documents"]) == ("tfidf", 6, 1)


def test_encoding_again_replaces_the_vectors(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "data"
    assert prepare(source, out) == 0
    assert encode(out) == 0
    before = np.load(out / "user_embeddings.npy")
    assert encode(out, "encoder.dim=5") == 0
    assert FolderDataset(str(out)).load().profile_embeddings().shape == (NUM_USERS + NUM_ITEMS, 5)
    assert encode(out) == 0
    assert np.array_equal(np.load(out / "user_embeddings.npy"), before)
    assert [file.name for file in out.iterdir() if "partial" in file.name] == []


def test_the_printed_commands_lead_to_a_trained_model(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert prepare(source, tmp_path / "data") == 0
    scripts = {"encode_text": (encode_text, ["encoder.dim=6", "encoder.min_documents=1"]), "train": (train, FAST)}
    for name, (script, more) in scripts.items():
        _, program, *arguments = capsys.readouterr().out.rpartition("next: ")[2].split()
        assert program == f"src/{name}.py"
        assert command(script, *arguments, *more) == 0
    assert len(list(tmp_path.glob("outputs/folder/lightgcn-contrastive/*/metrics.json"))) == 1
