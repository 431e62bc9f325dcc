"""Writing dataset folders: nothing is lost, and the same dataset gives the same bytes."""

import hashlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array, load_npz

import tiny
from rlmrec.common.errors import UserError
from rlmrec.data import writing
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.data.updating import update_embeddings
from rlmrec.data.writing import write_folder

NAMES = ("train.npz", "val.npz", "test.npz", "users.parquet", "items.parquet", "interactions.parquet", "manifest.json")
EMBEDDINGS = ("user_embeddings.npy", "item_embeddings.npy")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def load(folder: Path) -> Dataset:
    return FolderDataset(str(folder)).load()


@pytest.mark.parametrize("with_text", [True, False])
def test_round_trip(with_text: bool, tmp_path: Path) -> None:
    written = tiny.dataset(with_text=with_text)
    write_folder(written, tmp_path / "data", source="tests")
    read = load(tmp_path / "data")
    assert (read.name, read.description, read.fingerprint()) == (
        written.name,
        written.description,
        written.fingerprint(),
    )
    for split in ("train", "val", "test"):
        before, after = getattr(written, split), getattr(read, split)
        assert isinstance(after, csr_array)
        assert after.dtype == np.float32
        assert np.array_equal(after.toarray(), before.toarray())
    for kind in ("user", "item"):
        assert getattr(read, f"{kind}s").equals(getattr(written, f"{kind}s"))
        vectors = getattr(written, f"{kind}_embeddings")
        again = getattr(read, f"{kind}_embeddings")
        assert again is vectors is None if not with_text else np.array_equal(again, vectors)
    assert set(contents(tmp_path / "data")) == {*NAMES, *(EMBEDDINGS if with_text else ())}


def test_other_programs_can_read_the_files(tiny_folder: Path) -> None:
    expected = tiny.dataset()
    assert np.array_equal(load_npz(tiny_folder / "train.npz").toarray(), expected.train.toarray())
    assert pl.read_parquet(tiny_folder / "items.parquet").equals(expected.items)
    assert np.array_equal(np.load(tiny_folder / "item_embeddings.npy"), expected.item_embeddings)


def test_same_dataset_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tiny.dataset(), tmp_path / "first", source="tests", embeddings_info={"encoder": "made up"})
    later = time.time() + 1e8
    monkeypatch.setattr(time, "time", lambda: later)
    dataset = tiny.dataset()
    train = csr_array((dataset.train.data.astype(int), *wider(dataset.train)), shape=dataset.train.shape)
    assert dataset.item_embeddings is not None
    same = replace(dataset, train=train, item_embeddings=np.asfortranarray(dataset.item_embeddings))
    write_folder(same, tmp_path / "second", source="tests", embeddings_info={"encoder": "made up"})
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def wider(matrix: csr_array) -> tuple[np.ndarray, np.ndarray]:
    return matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)


def test_another_dataset_gives_other_bytes(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_folder(tiny.dataset(seed=seed), tmp_path / str(seed), source="tests")
    first, second = contents(tmp_path / "0"), contents(tmp_path / "1")
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"train.npz", "val.npz", "test.npz", "interactions.parquet", "manifest.json", *EMBEDDINGS}


def test_the_manifest_tells_what_the_folder_holds(tmp_path: Path) -> None:
    dataset = tiny.dataset()
    write_folder(dataset, tmp_path / "data", source="tests", embeddings_info={"encoder": "made up"})
    manifest = json.loads((tmp_path / "data" / "manifest.json").read_text())
    assert {name: manifest[name] for name in ("format_version", "name", "num_users", "num_items", "source")} == {
        "format_version": 1,
        "name": "tiny",
        "num_users": tiny.NUM_USERS,
        "num_items": tiny.NUM_ITEMS,
        "source": "tests",
    }
    assert manifest["interactions"] == {split: getattr(dataset, split).nnz for split in ("train", "val", "test")}
    assert manifest["embeddings"] == {"encoder": "made up", "dtype": "float32", "dim": 12}
    assert manifest["created_with"]["numpy"] == np.__version__
    assert not manifest["allow_empty_training_rows"]
    files = contents(tmp_path / "data")
    del files["manifest.json"]
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()
    }


def test_users_without_training_interactions_are_recorded_as_allowed(tmp_path: Path) -> None:
    dataset = tiny.dataset()
    emptied = dataset.train.toarray()
    emptied[3] = 0
    dataset = replace(dataset, train=csr_array(emptied))
    write_folder(dataset, tmp_path / "strict", source="tests")
    with pytest.raises(UserError, match="1 users have no training interaction, such as user 3"):
        load(tmp_path / "strict")
    write_folder(dataset, tmp_path / "lenient", source="tests", allow_empty_training_rows=True)
    assert load(tmp_path / "lenient").train.nnz == emptied.sum()


def test_never_writes_into_an_existing_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(UserError, match=r"data exists already: choose another name or remove it"):
        write_folder(tiny.dataset(), tmp_path / "data", source="tests")
    assert contents(tmp_path / "data") == {}


@pytest.mark.parametrize("part", ["_save_matrix", "update_embeddings", "Manifest"])
def test_an_interrupted_writing_leaves_no_folder(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(writing, part, interrupt)
        write_folder(tiny.dataset(), tmp_path / "data", source="tests")
    assert not (tmp_path / "data").exists()
    write_folder(tiny.dataset(), tmp_path / "data", source="tests")
    assert [path.name for path in tmp_path.iterdir()] == ["data"], "nothing is left of the first attempt"
    load(tmp_path / "data")


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tiny.dataset(), tmp_path / "data", source="tests", embeddings_info={"encoder": "old"})
    return tmp_path / "data"


def test_embeddings_are_replaced(folder: Path) -> None:
    before = contents(folder)
    users, items = np.full((tiny.NUM_USERS, 3), 0.5), np.full((tiny.NUM_ITEMS, 3), -0.5)
    update_embeddings(folder, users, items, {"encoder": "new"})
    assert np.array_equal(load(folder).profile_embeddings(), np.concatenate([users, items]))
    assert Manifest.read(folder).embeddings == {"encoder": "new", "dtype": "float64", "dim": 3}
    after = contents(folder)
    assert {name for name in after if after[name] != before.get(name)} == {*EMBEDDINGS, "manifest.json"}
    assert set(after) == set(before), "no partial file is left"


@pytest.mark.parametrize(
    ("users", "items", "says"),
    [
        ((59, 3), (40, 3), ["59 and 40 vectors for (60, 40) users and items"]),
        ((60, 3), (41, 3), ["60 and 41 vectors for (60, 40) users and items"]),
        ((60, 3), (40, 4), ["vectors of users are (3,) wide, those of items (4,)"]),
    ],
)
def test_embeddings_that_do_not_fit_leave_the_folder_as_it_is(
    users: tuple[int, int], items: tuple[int, int], says: list[str], folder: Path
) -> None:
    before = contents(folder)
    with pytest.raises(UserError) as caught:
        update_embeddings(folder, np.ones(users), np.ones(items), {})
    for words in (str(folder), *says):
        assert words in str(caught.value)
    assert contents(folder) == before


def test_an_exchange_that_is_killed_between_users_and_items_leaves_no_vectors_of_two_kinds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    new = np.full((tiny.NUM_USERS, 12), 2.0), np.full((tiny.NUM_ITEMS, 12), 2.0)
    moved: list[Path] = []
    move = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if Path(target).suffix == ".npy":
            if moved:
                raise KeyboardInterrupt
            moved.append(path)
        return move(path, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        update_embeddings(folder, *new, {"encoder": "new"})
    monkeypatch.setattr(Path, "replace", move)
    dataset = load(folder)
    assert dataset.user_embeddings is None and dataset.item_embeddings is None
    with pytest.raises(UserError, match=r"of a command that was stopped .*encode_text"):
        dataset.profile_embeddings()
    users_alone = shutil.copytree(folder, folder.with_name("users"))
    update_embeddings(users_alone, new[0], None, {"encoder": "new"}, kept=["items"])
    assert load(users_alone).item_embeddings is None, "nobody knows which encoder they are of"
    assert "the embeddings of items in" in caplog.text
    update_embeddings(folder, *new, {"encoder": "new"})
    assert np.array_equal(load(folder).profile_embeddings(), np.concatenate(new))
    assert Manifest.read(folder).embeddings == {"encoder": "new", "dtype": "float64", "dim": 12}


def test_weights_are_written_and_are_part_of_what_the_data_are(tmp_path: Path) -> None:
    dataset = tiny.dataset()
    weighted = replace(dataset, train_weights=np.arange(dataset.train.nnz, dtype=np.float32))
    write_folder(weighted, tmp_path / "data", source="tests")
    found = load(tmp_path / "data")
    assert found.train_weights is not None and np.array_equal(found.train_weights, weighted.train_weights)
    assert found.fingerprint() == weighted.fingerprint() != dataset.fingerprint()
    assert "interactions.parquet" in {path.name for path in found.files}


def test_records_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"manifest\.json cannot be written: preparation\.source: Input should be a valid"
    ):
        write_folder(tiny.dataset(), tmp_path / "data", "made up", preparation={"source": "mine"})
