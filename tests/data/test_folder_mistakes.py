"""Dataset folders that people make by hand: one clear error for each mistake."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csc_array, csr_array, save_npz

import tiny
from harmful import Touch
from rlmrec.common.errors import UserError
from rlmrec.data.folder import FolderDataset

USERS, ITEMS = tiny.NUM_USERS, tiny.NUM_ITEMS
FILES = ("train.npz", "users.parquet", "items.csv", "user_embeddings.npy", "manifest.json")


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    copied = Path(shutil.copytree(tiny_folder, tmp_path / "data"))
    pl.read_parquet(copied / "items.parquet").write_csv(copied / "items.csv")
    (copied / "items.parquet").unlink()
    return copied


def error(folder: Path, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        FolderDataset(str(folder), verify_checksums=False, **options).load()
    message = str(caught.value)
    assert "\n" not in message
    return message


def without(name: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / name).unlink()


def matrix(entries: csr_array | csc_array, name: str = "train.npz") -> Callable[[Path], Any]:
    return lambda folder: save_npz(folder / name, entries)


def arrays(**content: Any) -> Callable[[Path], Any]:
    return lambda folder: np.savez(folder / "train.npz", **content)


def users(**columns: Any) -> Callable[[Path], Any]:
    return lambda folder: tiny.dataset().users.with_columns(**columns).write_parquet(folder / "users.parquet")


def ids(values: list[Any]) -> Callable[[Path], Any]:
    return lambda folder: pl.DataFrame({"id": values}, strict=False).write_parquet(folder / "users.parquet")


def vectors(values: Any) -> Callable[[Path], Any]:
    return lambda folder: np.save(folder / "user_embeddings.npy", values)


def archive(folder: Path) -> None:
    content = io.BytesIO()
    np.savez(content, a=np.ones((USERS, 12)))
    (folder / "user_embeddings.npy").write_bytes(content.getvalue())


def one_row_too_many() -> csc_array:
    """A matrix in which one user id is just outside; nothing but a check of every id sees it."""
    train = tiny.dataset().train.tocsc()
    train.indices[-1] = USERS
    return train


RANGE = range(USERS)
NOT_TEXT = ["users.parquet", "external_id, title, metadata, profile must hold text"]
MISTAKES = {
    "split missing": (without("val.npz"), ["val.npz is missing", "train.npz, val.npz and test.npz"]),
    "users missing": (without("users.parquet"), ["lacks users.parquet or users.csv"]),
    "items missing": (without("items.csv"), ["lacks items.parquet or items.csv"]),
    "other shape": (matrix(csr_array((USERS, 41)), "test.npz"), ["test.npz is (60, 41)", "(60, 40) (users, items)"]),
    "one dimension": (matrix(csr_array(np.ones(3))), ["train.npz is (3,)", "(60, 40) (users, items)"]),
    "not a matrix": (arrays(a=np.ones(3)), ["train.npz is not a sparse matrix from scipy.sparse.save_npz"]),
    "objects in a matrix": (
        arrays(indices=np.array([{}]), indptr=[0, 1], format=b"csr", shape=(USERS, ITEMS), data=[1]),
        ["train.npz is not a sparse matrix from scipy.sparse.save_npz", "allow_pickle"],
    ),
    "user id outside": (matrix(one_row_too_many()), ["train.npz is not a sparse matrix from scipy.sparse.save_npz"]),
    "no id": (lambda folder: (folder / "items.csv").write_text("a,b\n1,2\n"), ["items.csv", "column id; it has a, b"]),
    "repeated id": (ids([*RANGE[1:], 5]), ["users.parquet: the column id must hold 0 to 59, each once"]),
    "id too high": (ids([*RANGE[1:], 60]), ["users.parquet: the column id must hold 0 to 59, each once"]),
    "too few ids": (ids([0, 1, 2]), ["must hold 0 to 59, each once; it has 3 rows"]),
    "null id": (ids([None, *RANGE[1:]]), ["must hold 0 to 59, each once"]),
    "text for an id": (ids(["a", *map(str, RANGE[1:])]), ["the column id must hold whole numbers from 0"]),
    "half an id": (ids([0.5, *RANGE[1:]]), ["users.parquet: the column id must hold"]),
    "NaN for an id": (ids([float("nan"), *RANGE[1:]]), ["users.parquet: the column id must hold"]),
    "lists for text": (users(profile=pl.lit([1, 2])), NOT_TEXT),
    "records for text": (
        users(profile=pl.struct("id")),
        ["users.parquet", "external_id, title, metadata, profile must hold text"],
    ),
    "bytes for text": (users(title=pl.lit(b"\xff")), NOT_TEXT),
    "objects for vectors": (
        vectors(np.full((USERS, 12), "x", object)),
        ["user_embeddings.npy is no array that numpy.save wrote"],
    ),
    "numbers for vectors": (vectors(np.ones(USERS)), ["user_embeddings.npy holds no table of numbers"]),
    "archive for vectors": (archive, ["user_embeddings.npy holds no table of numbers"]),
    "whole numbers": (vectors(np.ones((USERS, 12), int)), ["user embeddings are of type int64"]),
    "NaN in vectors": (vectors(np.full((USERS, 12), np.nan)), ["60 user embeddings hold NaN or infinite values"]),
    "beyond float32": (
        vectors(np.full((USERS, 12), 1e300)),
        ["60 user embeddings hold NaN or infinite values"],
    ),
}


@pytest.mark.parametrize(("mistake", "says"), MISTAKES.values(), ids=MISTAKES.keys())
@pytest.mark.filterwarnings("ignore:overflow")
def test_mistake(mistake: Callable[[Path], Any], says: list[str], folder: Path) -> None:
    mistake(folder)
    message = error(folder)
    for words in says:
        assert words in message


def test_an_untouched_folder_has_no_mistake(folder: Path) -> None:
    FolderDataset(str(folder), verify_checksums=False).load()


@pytest.mark.parametrize("memory_map", [True, False])
def test_object_vectors_are_never_unpickled(memory_map: bool, folder: Path) -> None:
    vectors(np.array([[Touch(folder / "canary")] * 12] * USERS, object))(folder)
    assert "user_embeddings.npy is no array" in error(folder, memory_map=memory_map)
    assert not (folder / "canary").exists()


@pytest.mark.parametrize("memory_map", [True, False])
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not what it says",
        lambda content: b"PK\x03\x04 and nothing more",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-60],
        lambda content: content[:10] + b"(" * 100 + content[110:],
        lambda content: content[:20] + b"\xff" * 20 + content[40:],
    ],
    ids=["empty", "other", "like an archive", "half", "end cut off", "brackets", "bytes changed"],
)
def test_damaged_file(damage: Callable[[bytes], bytes], name: str, memory_map: bool, folder: Path) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(damage(content))
    assert str(folder / name) in error(folder, memory_map=memory_map)


def test_damage_that_makes_polars_panic(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: Any, **__: Any) -> None:
        raise pl.exceptions.PanicException("called `Option::unwrap()` on a `None` value")

    monkeypatch.setattr(pl, "scan_parquet", panic)
    assert f"{folder / 'users.parquet'} is not a readable table" in error(folder)
