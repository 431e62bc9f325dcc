"""Memory-mapped arrays travel as the names of their files, and datasets with them."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import tiny
from rlmrec.data import FolderDataset
from rlmrec.data.dataset import Dataset
from rlmrec.data.mapped_files import MappedFile, file_name, is_mapped_file


@pytest.fixture
def mapped(tmp_path: Path) -> np.ndarray:
    np.save(tmp_path / "table.npy", np.arange(12, dtype=np.float16).reshape(4, 3))
    return np.load(tmp_path / "table.npy", mmap_mode="r")


def test_a_mapped_file_is_named_and_mapped_again(mapped: np.ndarray, tmp_path: Path) -> None:
    assert is_mapped_file(mapped)
    name = file_name(mapped)
    assert isinstance(name, MappedFile) and Path(name) == tmp_path / "table.npy"
    again = pickle.loads(pickle.dumps(name)).open()
    assert is_mapped_file(again) and again.dtype == np.float16
    assert np.array_equal(again, mapped)


def test_a_file_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("table.npy", np.ones((4, 3)))
    name = file_name(np.load("table.npy", mmap_mode="r"))
    monkeypatch.chdir("/")
    assert name.open().shape == (4, 3)


def test_anything_else_stays_as_it_is(mapped: np.ndarray) -> None:
    others = [mapped[1:], mapped[:, ::2], mapped.T, mapped + 1, np.array(mapped), "table.npy", None, 3]
    for value in others:
        assert not is_mapped_file(value)
        assert file_name(value) is value


def large(source: Path, folder: Path) -> Dataset:
    """The small dataset with embeddings that take half a megabyte, on disk."""
    dataset = FolderDataset(str(source)).load()
    random = np.random.default_rng(0)
    tables = {}
    for kind, count in (("user", tiny.NUM_USERS), ("item", tiny.NUM_ITEMS)):
        np.save(folder / f"{kind}.npy", random.standard_normal((count, 1200)).astype(np.float32))
        tables[f"{kind}_embeddings"] = np.load(folder / f"{kind}.npy", mmap_mode="r")
    return Dataset(**vars(dataset) | tables)


def test_a_dataset_is_sent_without_its_embeddings_and_equal_where_it_arrives(tiny_folder: Path, tmp_path: Path) -> None:
    dataset = large(tiny_folder, tmp_path)
    sent = pickle.dumps(dataset)
    in_memory = Dataset(
        **vars(dataset) | {name: np.array(getattr(dataset, name)) for name in ("user_embeddings", "item_embeddings")}
    )
    assert len(sent) < 50_000 < 480_000 < len(pickle.dumps(in_memory))
    for arrived in (pickle.loads(sent), copy.deepcopy(dataset), pickle.loads(pickle.dumps(pickle.loads(sent)))):
        assert is_mapped_file(arrived.user_embeddings) and is_mapped_file(arrived.item_embeddings)
        assert np.array_equal(arrived.profile_embeddings(), dataset.profile_embeddings())
        assert arrived.fingerprint() == dataset.fingerprint()
        assert arrived.users.equals(dataset.users) and arrived.items.equals(dataset.items)
        others = ("name", "description", "missing_embeddings", "embeddings_info", "files", "embedding_files")
        assert all(getattr(arrived, name) == getattr(dataset, name) for name in others)


def test_embeddings_in_memory_are_sent_along() -> None:
    dataset = tiny.dataset()
    arrived = pickle.loads(pickle.dumps(dataset))
    assert np.array_equal(arrived.profile_embeddings(), dataset.profile_embeddings())
    without = pickle.loads(pickle.dumps(tiny.dataset(with_text=False)))
    assert without.user_embeddings is without.item_embeddings is None
