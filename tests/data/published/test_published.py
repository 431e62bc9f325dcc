"""Datasets in the published layout: every form of profiles, and one clear error for each mistake."""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import real_data
import tiny
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.program import command
from rlmrec.data.dataset import Dataset
from rlmrec.data.published.dataset import PublishedDataset

USERS, ITEMS = tiny.NUM_USERS, tiny.NUM_ITEMS
TEXTS = [f"likes {i}" for i in range(USERS)]


def dump(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content))


@pytest.fixture
def folder(published_folder: Path) -> Path:
    return published_folder


def load(root: Path) -> Dataset:
    return PublishedDataset("yelp", str(root), "unused", "unused", "unused", as_published=False).load()


@pytest.mark.parametrize("named", [True, False], ids=["folder", "folder above"])
def test_everything_is_read(named: bool, folder: Path) -> None:
    dataset, expected = load(folder if named else folder.parent), tiny.dataset()
    assert dataset.name == "yelp (other files)"
    assert dataset.fingerprint() == expected.fingerprint()
    for split in ("train", "val", "test"):
        matrix = getattr(dataset, split)
        assert isinstance(matrix, sparse.csr_array)
        assert matrix.dtype == np.float32
        assert np.array_equal(matrix.toarray(), getattr(expected, split).toarray())
    for kind in ("users", "items"):
        assert getattr(dataset, kind)["profile"].equals(getattr(expected, kind)["profile"])
        assert getattr(dataset, kind).columns == ["id", "external_id", "title", "profile"]
    assert np.array_equal(dataset.profile_embeddings(), expected.profile_embeddings())


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        lambda texts: [{"profile": text} for text in texts],
        lambda texts: dict(enumerate(texts)),
        lambda texts: {i: {"profile": text, "reasoning": ""} for i, text in reversed(list(enumerate(texts)))},
        lambda texts: {str(i): {"profile": text} for i, text in enumerate(texts)},
        lambda texts: OrderedDict((np.int64(i), text) for i, text in enumerate(texts)),
    ],
    ids=["texts", "tuple", "records", "by int", "records by int", "records by str", "by numpy int"],
)
def test_forms_of_profiles(form: Callable[[list[str]], Any], folder: Path) -> None:
    dump(form(TEXTS), folder / "usr_prf.pkl")
    assert load(folder).users["profile"].to_list() == TEXTS


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (TEXTS[1:], "must hold 60 profiles"),
        ([*TEXTS, "one more"], "must hold 60 profiles"),
        ("x" * USERS, "must hold 60 profiles"),
        (3, "must hold 60 profiles"),
        (dict(enumerate(TEXTS[1:])), "must hold a profile for each id from 0 to 59; it has 59"),
        (dict(enumerate(TEXTS, 1)), "must hold a profile for each id from 0 to 59; it has 60"),
        (dict(enumerate([*TEXTS, "one more"])), "must hold a profile for each id from 0 to 59; it has 61"),
        ([*TEXTS[2:], None, {"text": "a"}], "holds 2 profiles that are not text"),
        ([*TEXTS[1:], {"profile": ["a"]}], "holds 1 profiles that are not text"),
    ],
)
def test_profiles_that_do_not_fit(content: Any, says: str, folder: Path) -> None:
    dump(content, folder / "usr_prf.pkl")
    with pytest.raises(UserError) as caught:
        load(folder)
    assert f"{folder / 'usr_prf.pkl'} {says}" in str(caught.value)


def test_profiles_may_be_absent(folder: Path) -> None:
    (folder / "itm_prf.pkl").unlink()
    items = load(folder).items
    assert items["profile"].to_list() == [""] * ITEMS
    assert items["external_id"].to_list() == [str(i) for i in range(ITEMS)]


@pytest.mark.parametrize("absent", [["usr"], ["itm"], ["usr", "itm"]])
def test_missing_embeddings_are_named_when_they_are_needed(absent: list[str], folder: Path) -> None:
    for kind in absent:
        (folder / f"{kind}_emb_np.pkl").unlink()
    dataset = load(folder)
    with pytest.raises(MissingFilesError) as caught:
        dataset.profile_embeddings()
    files = " and ".join(f"{kind}_emb_np.pkl" for kind in absent)
    assert str(caught.value).startswith(f"{files} of yelp are missing in {folder}: ")
    assert f"{command('train')} dataset=yelp" in str(caught.value)
    assert "align=none" in str(caught.value)


def entries(*values: float) -> sparse.coo_matrix:
    """Values for one user and one item."""
    places = np.zeros((2, len(values)), int)
    return sparse.coo_matrix((np.array(values), tuple(places)), (USERS, ITEMS))


EYE, CUBE = np.eye(3), np.ones((2, 2, 2))
MISTAKES: dict[str, tuple[str, Any, str]] = {
    "array for matrix": ("trn_mat", np.ones((USERS, ITEMS)), "trn_mat.pkl holds ndarray, not a sparse matrix"),
    "list for matrix": ("val_mat", [sparse.coo_matrix(EYE)], "val_mat.pkl holds list, not a sparse matrix"),
    "one dimension": ("trn_mat", sparse.coo_array(np.ones(3)), "trn_mat.pkl"),
    "three dimensions": ("val_mat", sparse.coo_array(CUBE), "val_mat.pkl"),
    "other users": ("val_mat", sparse.coo_matrix((59, ITEMS)), "val is (59, 40), but train is (60, 40)"),
    "other items": ("tst_mat", sparse.coo_matrix((USERS, 41)), "test is (60, 41), but train is (60, 40)"),
    "smaller train": ("trn_mat", sparse.coo_matrix(np.eye(USERS)), "itm_prf.pkl must hold 60 profiles"),
    "no interaction": ("val_mat", sparse.coo_matrix((USERS, ITEMS)), "val holds no interaction"),
    "ratings": ("val_mat", entries(5.0), "other than 1, such as 5"),
    "duplicates": (
        "val_mat",
        entries(1.0, 1.0),
        "val holds values other than 1, such as 2",
    ),
    "list for vectors": ("usr_emb_np", [[1.0]] * USERS, "usr_emb_np.pkl holds list, not a table"),
    "whole numbers": ("itm_emb_np", np.ones((ITEMS, 12), int), "itm_emb_np.pkl holds"),
    "one number each": ("itm_emb_np", np.ones(ITEMS), "itm_emb_np.pkl holds"),
    "too few vectors": ("usr_emb_np", np.ones((59, 12)), "user embeddings are (59, 12), but there are 60 users"),
    "too many vectors": ("itm_emb_np", np.ones((41, 12)), "item embeddings are (41, 12), but there are 40 items"),
    "other width": ("itm_emb_np", np.ones((ITEMS, 13)), "user and item embeddings differ in width: [12, 13]"),
    "NaN": ("itm_emb_np", np.full((ITEMS, 12), np.nan), "40 item embeddings hold NaN or infinite values"),
    "beyond float32": ("itm_emb_np", np.full((ITEMS, 12), 1e300), "40 item embeddings hold NaN or infinite values"),
    "objects for vectors": ("usr_emb_np", np.full((USERS, 12), 1.0, object), "refused, nothing was executed"),
    "code": ("tst_mat", print, "tst_mat.pkl asks for builtins.print"),
}


@pytest.mark.parametrize(("name", "content", "says"), MISTAKES.values(), ids=MISTAKES.keys())
@pytest.mark.filterwarnings("ignore:overflow")
def test_mistakes(name: str, content: Any, says: str, folder: Path) -> None:
    dump(content, folder / f"{name}.pkl")
    with pytest.raises(UserError) as caught:
        load(folder)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["trn_mat", "val_mat", "tst_mat"])
def test_missing_matrix(name: str, folder: Path) -> None:
    (folder / f"{name}.pkl").unlink()
    with pytest.raises(MissingFilesError, match=rf"{name}\.pkl"):
        load(folder)


def test_a_root_without_the_files_names_both_places_and_fetches_nothing(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError) as caught:
        load(tmp_path)
    assert f"dataset.root={tmp_path}: looked for trn_mat.pkl in {tmp_path / 'yelp'} and {tmp_path}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "shape", "interactions"),
    [("amazon", (11_000, 9_332), (120_464, 40_290, 40_106)), ("yelp", (11_091, 11_010), (166_620, 55_479, 55_436))],
)
def test_real_datasets(name: Any, shape: tuple[int, int], interactions: tuple[int, ...]) -> None:
    root = real_data.folder(f"rlmrec/{name}")
    dataset = PublishedDataset(name, str(root), cache="unused", url="unused", sha256="unused").load()
    assert (dataset.num_users, dataset.num_items) == shape
    assert (dataset.train.nnz, dataset.val.nnz, dataset.test.nnz) == interactions
