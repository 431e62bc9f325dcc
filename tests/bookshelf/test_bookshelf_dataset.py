"""The embedded dataset."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlmrec.bookshelf import BookshelfDataset
from rlmrec.bookshelf import dataset as module
from rlmrec.cli import encode_text, prepare_data, write_profiles
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.profiles import leaks
from tiny import command

SMALL: dict[str, Any] = {"num_readers": 40, "mean_books": 8.0, "text_dim": 8}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def dataset(cache: Path) -> Dataset:
    """With the options that it has by default."""
    return BookshelfDataset(str(cache)).load()


def counts(dataset: Dataset) -> np.ndarray:
    """Books of each reader in training, validation and test, ``(readers, 3)``."""
    return np.stack([np.diff(part.indptr) for part in (dataset.train, dataset.val, dataset.test)], axis=1)


def same(first: Dataset, second: Dataset) -> bool:
    matrices = ("train", "val", "test")
    return (
        all(np.array_equal(getattr(first, part).toarray(), getattr(second, part).toarray()) for part in matrices)
        and first.users.equals(second.users)
        and first.items.equals(second.items)
        and np.array_equal(first.profile_embeddings(), second.profile_embeddings())
        and (first.name, first.description) == (second.name, second.description)
    )


def test_it_is_large_enough_and_said_to_be_simulated(dataset: Dataset) -> None:
    assert dataset.num_users >= 2000
    assert dataset.num_items >= 600
    assert dataset.train.nnz >= 20_000
    assert dataset.name == "bookshelf"
    assert "simulated" in dataset.description
    assert dataset.profile_embeddings().shape == (dataset.num_users + dataset.num_items, 128)


def test_everyone_has_a_training_book_a_profile_and_a_vector(dataset: Dataset) -> None:
    assert counts(dataset)[:, 0].min() >= 1
    assert (dataset.users["profile"] != "").all()
    assert (dataset.items["profile"] != "").all()
    assert np.linalg.norm(dataset.profile_embeddings(), axis=1) == pytest.approx(1, abs=1e-5)
    assert dataset.items["title"].is_unique().all()
    assert dataset.users["external_id"].is_unique().all()


def test_each_reader_is_split_three_to_one_to_one(dataset: Dataset) -> None:
    numbers = counts(dataset)
    shares = numbers.sum(1, keepdims=True) * np.array([0.6, 0.2, 0.2])
    assert abs(numbers - shares).max() < 1
    assert numbers.sum(0) / numbers.sum() == pytest.approx([0.6, 0.2, 0.2], abs=0.01)


def test_profiles_tell_of_books_that_they_do_not_name(dataset: Dataset) -> None:
    users, items = dataset.user_embeddings, dataset.item_embeddings
    assert users is not None
    assert items is not None
    similar = users @ items.T
    held_out = dataset.test.toarray() > 0
    others = (dataset.train + dataset.val + dataset.test).toarray() == 0
    assert similar[held_out].mean() > 1.3 * similar[others].mean()


def test_the_second_load_is_from_the_cache_and_identical(
    dataset: Dataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(module, "prepare_raw")
    assert same(BookshelfDataset(str(cache)).load(), dataset)
    assert len(list(cache.glob("bookshelf-*"))) == 1


def test_same_options_same_bytes_in_another_cache(tmp_path: Path) -> None:
    for name in ("a", "b"):
        BookshelfDataset(str(tmp_path / name), **SMALL).load()
    (first,), (second,) = ([*(tmp_path / name).glob("bookshelf-*")] for name in ("a", "b"))
    assert first.name == second.name
    names = sorted(file.name for file in first.iterdir() if file.is_file())
    assert names == sorted(file.name for file in second.iterdir() if file.is_file())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.parametrize("other", [{"seed": 1}, {"num_readers": 41}, {"mean_books": 9.0}, {"text_dim": 9}])
def test_other_options_other_data_beside_the_first(other: dict[str, int], tmp_path: Path) -> None:
    first = BookshelfDataset(str(tmp_path), **SMALL).load()
    assert not same(BookshelfDataset(str(tmp_path), **SMALL | other).load(), first)
    assert same(BookshelfDataset(str(tmp_path), **SMALL).load(), first)
    assert len(list(tmp_path.glob("bookshelf-*"))) == 2


def test_it_is_what_the_three_commands_make(dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert command(prepare_data, "source=bookshelf", f"out={folder}") == 0
    options = ("llm=template", "prompt=books", "sampling.user_items=40", "seed=0")
    assert command(write_profiles, f"folder={folder}", *options) == 0
    assert command(encode_text, f"folder={folder}", "encoder=tfidf") == 0
    assert same(FolderDataset(str(folder)).load(), dataset)


def test_no_profile_leaks(dataset: Dataset, cache: Path) -> None:
    (folder,) = cache.glob("bookshelf-*")
    assert leaks.check(folder) > 20_000


def test_the_manifest_says_how_it_was_made(tmp_path: Path) -> None:
    BookshelfDataset(str(tmp_path), **SMALL, seed=3).load()
    (manifest,) = tmp_path.glob("*/manifest.json")
    kept = json.loads(manifest.read_text())
    assert kept["source"] == kept["preparation"]["source"]["kind"] == "BookshelfSource"
    assert (kept["profiles"]["llm"], kept["profiles"]["prompt"]) == ("template", "books")
    assert (kept["embeddings"]["encoder"], kept["embeddings"]["dim"]) == ("tfidf", 8)


def test_the_code_that_makes_it_is_part_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(any((module.PACKAGE / part).glob("*.py")) for part in module.PARTS)
    whole = module._code_sha256()
    for part in module.PARTS:
        monkeypatch.setattr(module, "PARTS", [other for other in module.PARTS if other != part])
        assert module._code_sha256() != whole
        monkeypatch.undo()
