"""A dataset as arrays: profile embeddings, and the checksum that ties a checkpoint to its data."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.common.errors import MissingFilesError
from rlmrec.data.dataset import Dataset


def of(dense: list[list[int]], dtype: str = "float32") -> Dataset:
    """The same matrix in all three splits, which no validation sees here."""
    matrix = csr_array(np.array(dense, dtype))
    return replace(tiny.dataset(), train=matrix, val=matrix, test=matrix)


def test_fingerprint_is_the_same_everywhere() -> None:
    """Recorded as ``hashlib.sha256(struct.pack('<17q', 2, 3, *[0, 1, 2, 2, 0] * 3))``."""
    expected = "20580372212bd3118e08717823e559617bc768a765eec921c04b1944a702be2d"
    assert of([[0, 0, 1], [1, 0, 0]]).fingerprint() == expected
    assert of([[0, 0, 1], [1, 0, 0]], "int64").fingerprint() == expected
    assert replace(of([[0, 0, 1], [1, 0, 0]]), name="other").fingerprint() == expected
    for split in ("val", "test"):
        other = replace(of([[0, 0, 1], [1, 0, 0]]), **{split: csr_array((2, 3))})
        assert other.fingerprint() != expected


@pytest.mark.parametrize(
    "dense",
    [
        [[0, 0, 1], [0, 1, 0]],
        [[0, 0, 1], [1, 1, 0]],
        [[0, 0, 1], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 1], [1, 0, 0]],
        [[0, 0, 1, 0], [1, 0, 0, 0]],
        [[1, 0, 1], [0, 0, 0]],
    ],
)
def test_fingerprint_changes_with_training_interactions_and_sizes(dense: list[list[int]]) -> None:
    assert of(dense).fingerprint() != of([[0, 0, 1], [1, 0, 0]]).fingerprint()


def test_sizes() -> None:
    dataset = of([[0, 0, 1], [1, 0, 0]])
    assert (dataset.num_users, dataset.num_items) == (2, 3)


def test_what_follows_from_the_splits() -> None:
    parts = ([[0, 0, 1], [1, 0, 1]], [[1, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]])
    train, val, test = (csr_array(np.array(part, np.float32)) for part in parts)
    dataset = replace(tiny.dataset(), train=train, val=val, test=test)
    assert list(dataset.splits.values()) == [train, val, test]
    assert dataset.seen("train") is train
    assert dataset.seen("train+val").toarray().tolist() == [[1, 0, 1], [1, 0, 1]]
    assert dataset.seen("all").toarray().tolist() == [[1, 0, 1], [1, 1, 1]]
    assert dataset.test_users.tolist() == [1]
    assert dataset.item_counts.tolist() == [1, 0, 2]


def test_profiles_put_users_first() -> None:
    vectors = np.array([[1.5, 2]]), np.array([[3, 4], [5, 6.25]], "float16")
    profiles = replace(tiny.dataset(), user_embeddings=vectors[0], item_embeddings=vectors[1]).profile_embeddings()
    assert profiles.dtype == torch.float32
    assert profiles.tolist() == [[1.5, 2], [3, 4], [5, 6.25]]


def test_who_has_a_profile() -> None:
    texts = pl.DataFrame({"profile": ["", "reads much", " \n"]})
    vectors = np.ones((3, 2), np.float32)
    some = replace(tiny.dataset(), users=texts, items=texts[:1], user_embeddings=vectors, item_embeddings=vectors[:1])
    assert some.has_profile.tolist() == [False, True, False, True]  # imported embeddings come without texts
    assert replace(some, item_embeddings=None).has_profile.tolist() == [False, True, False, False]
    untitled = texts.with_columns(title=pl.lit("")).drop("profile")
    assert replace(some, users=untitled).has_profile.tolist() == [True] * 4


@pytest.mark.parametrize("at_once", [1, 2**24])
def test_who_got_the_mean_for_want_of_a_vector_has_no_profile(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlmrec.data.dataset.NUMBERS_AT_ONCE", at_once)
    vectors = np.array([[1, 2], [3, 4], [1, 2], [2, 1]], np.float32)
    table = pl.DataFrame({"id": range(4)})
    some = replace(tiny.dataset(), users=table, items=table, user_embeddings=vectors, item_embeddings=vectors)
    for row, expected in ((0, [False, True, False, True]), (4, [True] * 4), ("x", [True] * 4)):
        info = {"imported": {"users": {"mean_row": row}, "items": {}}}
        assert replace(some, embeddings_info=info).has_profile.tolist() == [*expected, *[True] * 4]
        assert replace(some, embeddings_info={"mean_rows": {"users": row}}).has_profile.tolist() == [
            *expected,
            *[True] * 4,
        ]
        both = {"imported": {"users": {"mean_row": row}}, "mean_rows": {"items": 4}}
        assert replace(some, embeddings_info=both).has_profile.tolist()[:4] == expected
    for damaged in ([], {"users": 3}, {"users": {"mean_row": -1}}):
        assert replace(some, embeddings_info={"imported": damaged}).has_profile.all()


@pytest.mark.parametrize("absent", ["user", "item"])
def test_absent_profiles_tell_what_to_do(absent: str) -> None:
    with pytest.raises(MissingFilesError, match=r"^no embeddings$"):
        replace(tiny.dataset(), **{f"{absent}_embeddings": None}).profile_embeddings()


def test_a_dataset_made_in_python_needs_no_message_of_its_own() -> None:
    made = tiny.dataset()
    own = Dataset("own", made.train, made.val, made.test, made.users, made.items, None, None)
    with pytest.raises(MissingFilesError, match="give them as user_embeddings and item_embeddings, or train with"):
        own.profile_embeddings()
