"""What must hold of every dataset: each breach is named, and all of them at once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import tiny
from rlmrec.common.errors import UserError
from rlmrec.data import validation
from rlmrec.data.dataset import Dataset
from rlmrec.data.validation import validate

USERS, ITEMS = tiny.NUM_USERS, tiny.NUM_ITEMS


def problems(dataset: Dataset, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        validate(dataset, **options)
    assert str(caught.value).startswith("dataset tiny: ")
    return str(caught.value)


def with_value(split: str, value: float) -> Dataset:
    """The small dataset with another value in the place of an interaction."""
    matrix = getattr(tiny.dataset(), split).copy()
    matrix.data[-1] = value
    return replace(tiny.dataset(), **{split: matrix})


def with_item(split: str, item: int) -> Dataset:
    """The small dataset with another item id in the place of the first or, if it is too high, the last one."""
    matrix = getattr(tiny.dataset(), split).copy()
    matrix.indices[-1 if item >= ITEMS else 0] = item
    return replace(tiny.dataset(), **{split: matrix})


def with_vector(kind: str, row: int, value: float) -> Dataset:
    vectors = np.array(getattr(tiny.dataset(), f"{kind}_embeddings"))
    vectors[row, 5] = value
    return replace(tiny.dataset(), **{f"{kind}_embeddings": vectors})


def of_coordinates(users: list[int], items: list[int]) -> csr_array:
    """Entries in the given order, which scipy would sort and add up if it made the matrix from pairs."""
    indptr = np.searchsorted(users, range(USERS + 1))
    return csr_array((np.ones(len(items), np.float32), np.array(items), indptr), shape=(USERS, ITEMS))


@pytest.mark.parametrize("with_text", [True, False])
def test_the_small_dataset_is_valid(with_text: bool) -> None:
    validate(tiny.dataset(with_text=with_text))


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("value", [0, 2, -1, 0.5, np.nan])
def test_values_other_than_one(split: str, value: float) -> None:
    expected = f"{split} holds values other than 1, such as {value:g}: interactions must be binary"
    assert expected in problems(with_value(split, value))


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("item", [-1, ITEMS, 2**31 - 1])
def test_item_ids_out_of_range(split: str, item: int) -> None:
    assert f"{split} holds item ids outside 0 to 39" in problems(with_item(split, item))


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("shape", [(USERS, ITEMS - 1), (USERS + 1, ITEMS)])
def test_shapes_that_disagree(split: str, shape: tuple[int, int]) -> None:
    dataset = replace(tiny.dataset(), **{split: csr_array(shape, dtype=np.float32)})
    assert f"{split} is {shape}, but train is (60, 40) (users, items)" in problems(dataset)


@pytest.mark.parametrize("items", [[3, 3], [3, 1]], ids=["twice", "unsorted"])
def test_duplicate_and_unsorted_entries(items: list[int]) -> None:
    dataset = replace(tiny.dataset(), val=of_coordinates([0, 0], items))
    assert "val holds duplicate or unsorted entries" in problems(dataset)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_splits_without_interactions(split: str) -> None:
    dataset = replace(tiny.dataset(), **{split: csr_array((USERS, ITEMS), dtype=np.float32)})
    assert f"{split} holds no interaction" in problems(dataset)


@pytest.mark.parametrize(("first", "second"), [("train", "val"), ("train", "test"), ("val", "test")])
def test_splits_that_overlap(first: str, second: str) -> None:
    dataset = tiny.dataset()
    shared = list(zip(*(ids.tolist() for ids in getattr(dataset, first).nonzero()), strict=True))[4:7]
    matrix = getattr(dataset, second).tolil()
    for user, item in shared:
        matrix[user, item] = 1
    message = problems(replace(dataset, **{second: csr_array(matrix)}))
    user, item = shared[0]
    assert f"3 interactions are in both {first} and {second}, such as user {user} with item {item}" in message
    assert message.count("interactions are in both") == 1


def test_users_without_training_interactions() -> None:
    dense = tiny.dataset().train.toarray()
    dense[[7, 59]] = 0
    dataset = replace(tiny.dataset(), train=csr_array(dense))
    message = problems(dataset)
    assert "2 users have no training interaction, such as user 7" in message
    assert "dataset.allow_empty_training_rows=true" in message
    validate(dataset, allow_empty_training_rows=True)


@pytest.mark.parametrize("kind", ["user", "item"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(kind: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "ROWS_AT_ONCE", 7)
    for row in (0, 6, 7, (USERS if kind == "user" else ITEMS) - 1):
        assert f"1 {kind} embeddings hold NaN or infinite values" in problems(with_vector(kind, row, value))
    several = with_vector(kind, 3, value)
    getattr(several, f"{kind}_embeddings")[[3, 20, 35]] = value
    assert f"3 {kind} embeddings hold NaN or infinite values" in problems(several)


@pytest.mark.parametrize(
    ("embeddings", "says"),
    [
        ({"user": np.ones((59, 12))}, "user embeddings are (59, 12), but there are 60 users"),
        ({"item": np.ones((41, 12))}, "item embeddings are (41, 12), but there are 40 items"),
        ({"item": np.ones((40, 12, 1))}, "item embeddings are (40, 12, 1), but there are 40 items"),
        ({"user": np.ones((60, 12), int)}, "user embeddings are of type int64, not floating point"),
        ({"user": np.ones((60, 12), complex)}, "user embeddings are of type complex128, not floating point"),
        ({"item": np.full((40, 12), "x", object)}, "item embeddings are of type object, not floating point"),
        ({"item": np.ones((40, 13))}, "user and item embeddings differ in width: [12, 13]"),
    ],
)
def test_embeddings_that_do_not_fit(embeddings: dict[str, np.ndarray], says: str) -> None:
    (kind,) = embeddings
    assert says in problems(replace(tiny.dataset(), **{f"{kind}_embeddings": embeddings[kind]}))


@pytest.mark.parametrize(("kind", "count"), [("user", 60), ("item", 40)])
def test_tables_that_do_not_fit(kind: str, count: int) -> None:
    dataset = tiny.dataset()
    dataset = replace(dataset, **{f"{kind}s": getattr(dataset, f"{kind}s").head(count - 1)})
    assert f"{count - 1} rows in the table of {kind}s, but {count} {kind}s in train" in problems(dataset)


def test_all_problems_are_named_at_once() -> None:
    message = problems(replace(with_value("train", 2), test=csr_array((1, 1)), users=tiny.dataset().items))
    assert message.count(";") == 2
    for words in ("train holds values other than 1", "test is (1, 1)", "40 rows in the table of users"):
        assert words in message
