import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import made_up_encoder
import tiny
from made_up_encoder import WIDTH, MadeUpEncoder, vector
from places import SOURCE, TESTS
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.data.dataset import text_sha256
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.data.updating import update_profiles
from rlmrec.text import vector_table
from rlmrec.text.ablation_encoders import RandomEncoder, ShuffledEncoder
from rlmrec.text.encoding import CACHE, encode_folder
from rlmrec.text.tfidf import TfidfEncoder
from rlmrec.text.transform import PrincipalComponents

USERS = [f"reader {number}" for number in range(tiny.NUM_USERS)]
ITEMS = [f"book {number}" for number in range(tiny.NUM_ITEMS)]


def folder_with(path: Path, users: list[str], items: list[str], source: Path) -> Path:
    shutil.copytree(source, path)
    update_profiles(path, users, items, {"made": "up"})
    return path


@pytest.fixture
def folder(tmp_path: Path, tiny_folder_without_text: Path) -> Path:
    return folder_with(tmp_path / "data", USERS, ITEMS, tiny_folder_without_text)


def loaded(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    dataset = FolderDataset(str(folder)).load()
    assert dataset.user_embeddings is not None
    assert dataset.item_embeddings is not None
    return dataset.user_embeddings, dataset.item_embeddings


def test_vectors_and_their_origin_are_in_the_folder(folder: Path) -> None:
    info = encode_folder(folder, MadeUpEncoder(), "made-up")
    users, items = loaded(folder)
    np.testing.assert_array_equal(users, np.stack([vector(text) for text in USERS]))
    np.testing.assert_array_equal(items, np.stack([vector(text) for text in ITEMS]))
    assert FolderDataset(str(folder)).load().embeddings_info == info
    assert json.loads((folder / "manifest.json").read_text())["embeddings"] == info
    assert info["encoder"] == "made-up"
    assert info["options"] == {"encoder": "made up", "version": 1}
    assert info["text_sha256"] == text_sha256(USERS, ITEMS)
    assert (info["dtype"], info["dim"]) == ("float32", WIDTH)
    assert info["empty_profiles"] == {"users": 0, "items": 0}
    assert info["libraries"].keys() == {"rlmrec-lightning", "numpy"}
    assert not (folder / ".encoding.partial").exists()


def test_empty_profiles_get_the_mean_of_their_kind(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    users = ["", " \n", *USERS[2:]]
    folder = folder_with(tmp_path / "data", users, ITEMS, tiny_folder_without_text)
    encoder = MadeUpEncoder()
    info = encode_folder(folder, encoder, "made-up")
    assert not {"", " \n"} & set(encoder.encoded)
    assert info["empty_profiles"] == {"users": 2, "items": 0}
    found, _ = loaded(folder)
    mean = np.mean([vector(text) for text in USERS[2:]], axis=0)
    np.testing.assert_allclose(found[:2], [mean, mean], atol=1e-6)
    np.testing.assert_array_equal(found[2], vector(USERS[2]))


def test_without_any_user_profile_items_alone_get_vectors(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    folder = folder_with(tmp_path / "data", USERS, ITEMS, tiny_folder_without_text)
    encode_folder(folder, MadeUpEncoder(), "made-up")
    update_profiles(folder, [" "] * len(USERS), ITEMS, {"made": "up"})
    info = encode_folder(folder, MadeUpEncoder(), "made-up", PrincipalComponents(WIDTH, whiten=True))
    dataset = FolderDataset(str(folder)).load()
    assert dataset.user_embeddings is None and dataset.item_embeddings is not None
    np.testing.assert_allclose(np.cov(dataset.item_embeddings.T), np.eye(WIDTH), atol=1e-4)
    assert (info["only"], info["mean_vectors"]) == ("items", {"users": 0, "items": 0})


def test_nothing_to_encode(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    folder = folder_with(tmp_path / "data", [""] * len(USERS), [" "] * len(ITEMS), tiny_folder_without_text)
    with pytest.raises(
        UserError, match=re.escape(f"holds no profile: write some with {command('write_profiles')} folder=")
    ):
        encode_folder(folder, MadeUpEncoder(), "made-up")


def test_profiles_without_a_known_word_get_the_mean(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    users = ["unheard", *(f"novels about {'ships' if n % 2 else 'trains'} {n % 5}" for n in range(1, len(USERS)))]
    folder = folder_with(tmp_path / "data", users, ITEMS, tiny_folder_without_text)
    info = encode_folder(folder, TfidfEncoder(dim=3), "tfidf")
    found, _ = loaded(folder)
    assert info["empty_profiles"]["users"] == 0
    assert info["mean_vectors"]["users"] == 1 and info["mean_rows"] == {"users": 0}
    has_profile = FolderDataset(str(folder)).load().has_profile
    assert np.flatnonzero(~has_profile).tolist() == [0], "a text without a known word tells nothing"
    np.testing.assert_allclose(found[0], found[1:].mean(0), atol=1e-6)
    assert np.linalg.norm(found, axis=1).min() > 0


def test_float16(folder: Path) -> None:
    encode_folder(folder, MadeUpEncoder(), "made-up", dtype="float16")
    users, items = loaded(folder)
    assert users.dtype == items.dtype == np.float16
    np.testing.assert_allclose(users, np.stack([vector(text) for text in USERS]), rtol=1e-3)
    profiles = FolderDataset(str(folder)).load().profile_embeddings()
    assert profiles.dtype == torch.float32
    with pytest.raises(UserError, match="dtype=int8: valid are float32, float16"):
        encode_folder(folder, MadeUpEncoder(), "made-up", dtype="int8")


def test_float16_refuses_what_it_cannot_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_up_encoder, "vector", lambda text: np.full(WIDTH, 1e6, np.float32))
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(UserError, match="float16 cannot hold: choose dtype=float32"):
        encode_folder(folder, MadeUpEncoder(), "made-up", dtype="float16")
    assert (folder / "manifest.json").read_bytes() == before


def test_whitening_is_fitted_on_the_profiles_that_are_there(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    folder = folder_with(tmp_path / "data", ["", *USERS[1:]], ITEMS, tiny_folder_without_text)
    info = encode_folder(folder, MadeUpEncoder(), "made-up", PrincipalComponents(WIDTH, whiten=True))
    users, items = loaded(folder)
    np.testing.assert_allclose(np.cov(np.concatenate([users[1:], items]).T), np.eye(WIDTH), atol=1e-4)
    np.testing.assert_allclose(users[0], users[1:].mean(0), atol=1e-6)
    assert info["transform"]["name"] == "whitening"


def test_same_input_same_bytes(tmp_path: Path, tiny_folder_without_text: Path) -> None:
    made = []
    for name in ("a", "b"):
        folder = folder_with(tmp_path / name, ["", *USERS[1:]], ITEMS, tiny_folder_without_text)
        encode_folder(folder, ShuffledEncoder(MadeUpEncoder(), 1), "shuffled", PrincipalComponents(3, whiten=True))
        made.append([(folder / file).read_bytes() for file in ("user_embeddings.npy", "manifest.json")])
    assert made[0] == made[1]


def test_shared_cache(folder: Path, tmp_path: Path) -> None:
    encode_folder(folder, MadeUpEncoder(), "made-up", cache=tmp_path / "shared")
    assert not (folder / CACHE).exists()
    again = MadeUpEncoder()
    encode_folder(folder, ShuffledEncoder(again), "shuffled", cache=tmp_path / "shared")
    assert again.encoded == []


def test_damaged_embeddings_can_be_made_again(folder: Path) -> None:
    encode_folder(folder, MadeUpEncoder(), "made-up")
    (folder / "user_embeddings.npy").write_bytes(b"no array")
    encode_folder(folder, MadeUpEncoder(), "made-up")
    assert len(loaded(folder)[0]) == tiny.NUM_USERS


def test_profiles_changed_since_are_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    encode_folder(folder, RandomEncoder(4), "random")
    FolderDataset(str(folder)).load()
    assert caplog.text == ""
    table = pl.read_parquet(folder / "users.parquet")
    table.with_columns(profile=pl.col("profile") + "!").write_parquet(folder / "users.parquet")
    manifest = Manifest.read(folder)
    del manifest.files["users.parquet"]  # as the message on a changed file says
    manifest.write(folder)
    FolderDataset(str(folder)).load()
    assert f"the embeddings in {folder} are of other profiles" in caplog.text
    assert f"{command('encode_text')} folder={folder}" in caplog.text
    caplog.clear()
    encode_folder(folder, RandomEncoder(4), "random")
    FolderDataset(str(folder)).load()
    assert caplog.text == ""


def test_vectors_need_not_fit_into_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    width = 50_000
    total = 4 * width * (len(USERS) + len(ITEMS))
    monkeypatch.setattr(made_up_encoder, "vector", lambda text: np.full(width, len(text), np.float32))
    monkeypatch.setattr(vector_table, "ROWS_AT_ONCE", 8)
    tracemalloc.start()
    try:
        encode_folder(folder, MadeUpEncoder(batch_size=1), "made-up")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < total / 2
    assert loaded(folder)[0].shape == (len(USERS), width)


SLOW = """
import sys
from pathlib import Path
from made_up_encoder import MadeUpEncoder
from rlmrec.text.encoding import encode_folder
MadeUpEncoder.batches_in_chunk = 2
encode_folder(sys.argv[1], MadeUpEncoder(3, record=Path(sys.argv[2]), seconds=0.05), "made-up")
"""


def test_killed_anywhere_it_encodes_nothing_finished_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record.txt"
    record.touch()
    monkeypatch.setenv("PYTHONPATH", f"{SOURCE}:{TESTS / 'helpers'}")
    kills = 2
    for kill in range(1, kills + 1):
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(folder), str(record)])
        deadline = time.monotonic() + 120
        try:
            while len(record.read_text().splitlines()) < kill * 25:
                assert process.poll() is None, "it ended before it was killed"
                assert time.monotonic() < deadline, "it encodes nothing"
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert not (folder / "user_embeddings.npy").exists()
    FolderDataset(str(folder)).load()  # the folder is as it was
    monkeypatch.setattr(MadeUpEncoder, "batches_in_chunk", 2)
    encode_folder(folder, MadeUpEncoder(3, record=record), "made-up")
    encoded = record.read_text().splitlines()
    assert set(encoded) == {*USERS, *ITEMS}
    assert len(encoded) <= len(USERS) + len(ITEMS) + kills * 6, "more than the chunk in flight was encoded again"
    np.testing.assert_array_equal(loaded(folder)[0], np.stack([vector(text) for text in USERS]))
    assert not (folder / ".encoding.partial").exists()
