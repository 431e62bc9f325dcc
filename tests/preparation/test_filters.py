"""Filters against slow code of their own."""

from collections import Counter
from typing import Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs import log
from rlmrec.common.errors import UserError
from rlmrec.preparation.filters import (
    Complete,
    Core,
    MinimumText,
    OneOfRepeated,
    Period,
    RatingThreshold,
    UserSample,
)


def test_complete() -> None:
    rows = pl.DataFrame({"user": [0, None, 1, None], "item": [0, 1, None, None]})
    assert Complete().keep(rows).tolist() == [True, False, False, False]


def test_rating_threshold() -> None:
    rows = pl.DataFrame({"rating": [3.0, 2.9, None, 5.0]})
    assert RatingThreshold(3).keep(rows).tolist() == [True, False, False, True]
    assert RatingThreshold(None).keep(rows).all()


@pytest.mark.parametrize("border", [0.1, 3.3, 4.7])
def test_a_rating_on_the_border_stays(border: float) -> None:
    rows = pl.DataFrame({"rating": pl.Series([border, border - 0.01], dtype=pl.Float32)})
    assert RatingThreshold(border).keep(rows).tolist() == [True, False]


def test_rating_threshold_without_ratings() -> None:
    rows = pl.DataFrame({"rating": [None, None]}, schema={"rating": pl.Float32})
    assert RatingThreshold(None).keep(rows).all()
    with pytest.raises(UserError, match=r"filters\.rating\.at_least=3, but there are no ratings"):
        RatingThreshold(3).keep(rows)


@pytest.mark.parametrize("share", [0.2, 0.25, 1.0])
def test_user_sample_takes_whole_users(share: float) -> None:
    rows = log(num_users=40)
    mask = UserSample(share, seed=5).keep(rows)
    users = rows["user"].to_numpy()
    kept, gone = set(users[mask]), set(users[~mask])
    assert not kept & gone
    assert len(kept) == round(share * len(set(users)))
    assert (UserSample(share, seed=5).keep(rows) == mask).all()
    assert (UserSample(share, seed=6).keep(rows) != mask).any() == (share < 1)


@pytest.mark.parametrize("which", ["latest", "earliest"])
def test_one_of_repeated(which: Literal["latest", "earliest"]) -> None:
    rows, sign = log(), 1 if which == "latest" else -1
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for position, row in enumerate(rows.iter_rows(named=True)):
        time = -np.inf if row["timestamp"] is None else sign * row["timestamp"]
        key = (row["user"], row["item"])
        if key not in best or time > best[key][0] or (time == best[key][0] and which == "latest"):
            best[key] = (time, position)
    expected = np.zeros(len(rows), dtype=bool)
    expected[[position for _, position in best.values()]] = True
    assert 0 < expected.sum() < len(rows)
    assert (OneOfRepeated(which).keep(rows) == expected).all()


def test_of_repeated_interactions_a_training_one_stays_before_a_later_one_for_test() -> None:
    rows = pl.DataFrame({"user": [0] * 4, "item": [0, 0, 1, 1], "timestamp": [1, 9, 9, 1], "part": [0, 2, 2, 1]})
    assert OneOfRepeated().keep(rows).tolist() == [True, False, False, True]
    assert OneOfRepeated("earliest").keep(rows).tolist() == [True, False, False, True]


def test_latest_of_repeated_within_a_second() -> None:
    rows = pl.DataFrame({"user": [0, 0], "item": [0, 0], "timestamp": [1_500_000_000_900_000, 1_500_000_000_100_000]})
    assert OneOfRepeated().keep(rows).tolist() == [True, False]


def test_minimum_text() -> None:
    rows = pl.DataFrame({"review_characters": [0, 5, 9], "item_characters": [4, 4, 3]})
    assert MinimumText(5, 4).keep(rows).tolist() == [False, True, False]
    assert MinimumText().keep(rows).all()


def slow_core(pairs: list[tuple[int, int]], least_users: int, least_items: int) -> list[bool]:
    """Take away one interaction at a time."""
    alive = [True] * len(pairs)
    while True:
        users = Counter(user for (user, _), stays in zip(pairs, alive, strict=True) if stays)
        items = Counter(item for (_, item), stays in zip(pairs, alive, strict=True) if stays)
        for position, (user, item) in enumerate(pairs):
            if alive[position] and (users[user] < least_users or items[item] < least_items):
                alive[position] = False
                break
        else:
            return alive


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 6), st.integers(0, 6))
def test_core_is_the_fixed_point(seed: int, users: int, items: int) -> None:
    rows = log(num_users=14, num_items=12, size=70, seed=seed, distinct=True)
    pairs = list(zip(rows["user"].to_list(), rows["item"].to_list(), strict=True))
    assert Core(users, items).keep(rows).tolist() == slow_core(pairs, users, items)


def test_core_takes_several_rounds() -> None:
    # A chain: every round takes the end of it away.
    rows = pl.DataFrame({"user": [0, 0, 1, 1, 2, 2, 3, 3, 4], "item": [0, 1, 1, 2, 2, 3, 3, 4, 4]})
    assert not Core(2, 2).keep(rows).any()
    assert Core(0, 2).keep(rows).sum() == 8


@pytest.mark.parametrize(
    ("span", "kept"),
    [
        ({}, [True, True, True, True]),
        ({"start": "1970-01-02"}, [False, True, True, False]),
        ({"end": "1970-01-02"}, [True, False, False, False]),
        ({"start": "1970-01-02", "end": "1970-01-02T00:00:01"}, [False, True, False, False]),
        ({"start": "1970-01-02T02:00:00+02:00"}, [False, True, True, False]),
    ],
)
def test_period(span: dict[str, str], kept: list[bool]) -> None:
    day, second = 24 * 3600 * 10**6, 10**6
    rows = pl.DataFrame({"timestamp": [day - second, day, day + second, None]})
    assert Period(**span).keep(rows).tolist() == kept


def test_a_period_ends_before_its_end_to_the_microsecond() -> None:
    day = 24 * 3600 * 10**6
    rows = pl.DataFrame({"timestamp": [day - 1, day, 2 * day - 1, 2 * day]})
    assert Period("1970-01-02", "1970-01-03").keep(rows).tolist() == [False, True, True, False]
    assert Period("1970-01-02T00:00:00.000001").keep(rows).tolist() == [False, False, True, True]


def test_a_period_needs_times_and_dates() -> None:
    rows = pl.DataFrame({"timestamp": [None]}, schema={"timestamp": pl.Int64})
    assert Period().keep(rows).all()
    with pytest.raises(UserError, match=r"filters\.period\.end, but there are no times"):
        Period(end="2020-01-01").keep(rows)
    with pytest.raises(UserError, match=r"filters\.period\.start=yesterday: write it like"):
        Period(start="yesterday").keep(pl.DataFrame({"timestamp": [1]}))
