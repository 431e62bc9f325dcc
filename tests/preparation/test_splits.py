"""Splits and what becomes of users without training interactions, against slow code of their own."""

from collections import defaultdict
from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl
import pytest

from logs import log
from rlmrec.common.errors import UserError
from rlmrec.preparation.orphans import settle, without_training
from rlmrec.preparation.splits import (
    TEST,
    TRAIN,
    VAL,
    ColdEntities,
    GivenSplit,
    LeaveLast,
    RandomInteractions,
    RandomPerUser,
    Split,
    TemporalCut,
)

SHARES = (3.0, 1.0, 1.0)


@pytest.fixture
def rows() -> pl.DataFrame:
    return log(distinct=True)


def test_random_shares_are_exact(rows: pl.DataFrame) -> None:
    parts = RandomInteractions(SHARES, seed=1).assign(rows)
    assert np.bincount(parts).tolist() == [360, 120, 120]
    # Unlike a split per user, some users get other shares than the whole.
    share = {user: (parts[rows["user"] == user] == TRAIN).mean() for user in range(40)}
    assert max(share.values()) > 0.7 > 0.5 > min(share.values())


@pytest.mark.parametrize(
    "split", [RandomInteractions(SHARES, 1), RandomPerUser(SHARES, 1), ColdEntities("item", (8, 1, 1), 1)]
)
def test_the_seed_decides(split: RandomInteractions | RandomPerUser | ColdEntities, rows: pl.DataFrame) -> None:
    parts = split.assign(rows)
    assert (split.assign(rows) == parts).all()
    assert (replace(split, seed=2).assign(rows) != parts).any()


def test_random_per_user(rows: pl.DataFrame) -> None:
    parts = RandomPerUser(SHARES, seed=1).assign(rows)
    for user in rows["user"].unique():
        mine = parts[rows["user"].to_numpy() == user]
        expected = [0, 0, 0]
        for position in range(len(mine)):  # the middle of each position's share of the line
            place = (position + 0.5) / len(mine)
            expected[TRAIN if place < 0.6 or position == 0 else VAL if place < 0.8 else TEST] += 1
        assert np.bincount(mine, minlength=3).tolist() == expected


def test_random_per_user_with_one_interaction() -> None:
    rows = pl.DataFrame({"user": [0, 1, 1], "item": [0, 0, 1], "row": [0, 1, 2]})
    for seed in range(20):
        parts = RandomPerUser((0.1, 0.1, 5), seed=seed).assign(rows)
        assert parts[0] == TRAIN
        assert sorted(parts[1:]) == [TRAIN, TEST]


def test_temporal_cut(rows: pl.DataFrame) -> None:
    parts = TemporalCut(SHARES).assign(rows)
    times = rows["timestamp"].to_list()
    expected = []
    for time in times:
        earlier = sum(other < time for other in times) / len(times)
        expected.append(TRAIN if earlier < 0.6 else VAL if earlier < 0.8 else TEST)
    assert parts.tolist() == expected
    by_part = [rows["timestamp"].filter(pl.Series(parts == part)) for part in (TRAIN, VAL, TEST)]
    assert by_part[0].max() < by_part[1].min()
    assert by_part[1].max() < by_part[2].min()


@pytest.mark.parametrize(("val", "test"), [(1, 1), (2, 3), (0, 1), (3, 40)])
def test_leave_last(val: int, test: int, rows: pl.DataFrame) -> None:
    parts = LeaveLast(val, test).assign(rows)
    histories = defaultdict(list)
    for position, row in enumerate(rows.iter_rows(named=True)):
        histories[row["user"]].append((row["timestamp"], row["row"], position))
    for history in histories.values():
        positions = [position for *_, position in sorted(history)]
        held_out = positions[1:]
        last = held_out[max(len(held_out) - test, 0) :]
        before = held_out[: len(held_out) - len(last)]
        before = before[len(before) - val :] if val < len(before) else before
        for position in positions:
            expected = TEST if position in last else VAL if position in before else TRAIN
            assert parts[position] == expected


def test_splits_by_time_see_microseconds() -> None:
    times = [1_500_000_000_000_000 + place for place in (3, 1, 4, 0, 2)]
    rows = pl.DataFrame({"row": range(5), "user": [0] * 5, "item": range(5), "timestamp": times})
    assert TemporalCut(SHARES).assign(rows).tolist() == [VAL, TRAIN, TEST, TRAIN, TRAIN]
    assert LeaveLast().assign(rows).tolist() == [VAL, TRAIN, TEST, TRAIN, TRAIN]


def given_rows(rows: pl.DataFrame, *parts: int | None) -> pl.DataFrame:
    cycle = [parts[n % len(parts)] for n in range(len(rows))]
    return rows.with_columns(part=pl.Series(cycle, dtype=pl.Int8))


def test_a_given_split_stays(rows: pl.DataFrame) -> None:
    log = given_rows(rows, TRAIN, TRAIN, VAL, TEST)
    assert GivenSplit().assign(log).tolist() == log["part"].to_list()
    log = given_rows(rows, TRAIN, TEST)
    assert GivenSplit(val_share=0).assign(log).tolist() == log["part"].to_list()


def test_validation_is_cut_from_the_training_of_a_given_split(rows: pl.DataFrame) -> None:
    log = given_rows(rows, TRAIN, TRAIN, TEST)
    parts = GivenSplit(val_share=0.25, seed=3).assign(log)
    assert ((parts == TEST) == (log["part"] == TEST).to_numpy()).all(), "test is left as it is"
    for user in log["user"].unique():
        mine = parts[(log["user"] == user).to_numpy() & (parts != TEST)]
        assert (mine == VAL).sum() in (len(mine) // 4, -(-len(mine) // 4))
    assert (GivenSplit(val_share=0.25, seed=3).assign(log) == parts).all()
    assert (GivenSplit(val_share=0.25, seed=4).assign(log) != parts).any()


def test_a_tenth_is_a_tenth_where_users_have_few_interactions_too() -> None:
    """Rounded down, users with fewer than ten interactions would have no validation, which the active would decide."""
    sizes = np.repeat(np.arange(2, 22), 200)
    users = np.repeat(np.arange(len(sizes)), sizes)
    items = np.random.default_rng(0).integers(50, size=len(users))
    parts = GivenSplit(val_share=0.1).assign(pl.DataFrame({"user": users, "item": items, "part": [TRAIN] * len(users)}))
    taken = np.bincount(users, weights=parts == VAL)
    for size in range(2, 22):
        assert taken[sizes == size].mean() == pytest.approx(size / 10, abs=0.12), size
    assert (parts == VAL).mean() == pytest.approx(0.1, abs=0.005)


def test_no_user_and_no_item_loses_all_training_to_validation() -> None:
    users = np.repeat(np.arange(40), 2)
    items = np.arange(80) % 60  # forty items have one interaction, twenty have two
    for seed in range(5):
        split = GivenSplit(val_share=0.5, seed=seed)
        parts = split.assign(pl.DataFrame({"user": users, "item": items, "part": [TRAIN] * 80}))
        assert set(users[parts == TRAIN]) == set(range(40)) and set(items[parts == TRAIN]) == set(range(60))
        assert (parts == VAL).any()


def test_a_given_split_must_be_given(rows: pl.DataFrame) -> None:
    with pytest.raises(UserError, match=r"split=given, but the source has none for 300 of 600 .*\{train:a\.csv,test"):
        GivenSplit().assign(given_rows(rows, TRAIN, None))


@pytest.mark.parametrize("of", ["user", "item"])
def test_cold_entities(of: Literal["user", "item"], rows: pl.DataFrame) -> None:
    parts = ColdEntities(of, (8, 1, 1), seed=3).assign(rows)
    sets = [set(rows[of].filter(pl.Series(parts == part)).to_list()) for part in (TRAIN, VAL, TEST)]
    assert not sets[0] & sets[1] and not sets[1] & sets[2] and not sets[0] & sets[2]
    count = {"user": 40, "item": 30}[of]
    assert [len(part) for part in sets] == [count * 8 // 10, count // 10, count // 10]


@pytest.mark.parametrize("split", [TemporalCut(SHARES), LeaveLast()])
def test_time_must_be_known(split: Split, rows: pl.DataFrame) -> None:
    unknown = rows.with_columns(timestamp=pl.when(pl.col("row") > 4).then("timestamp"))
    with pytest.raises(UserError, match=r"2 of 600 interactions have none: set source\.columns\.timestamp"):
        split.assign(unknown)


@pytest.mark.parametrize("shares", [(0, 1, 1), (1, -1, 1)])
def test_shares_that_make_no_sense(shares: tuple[float, float, float], rows: pl.DataFrame) -> None:
    with pytest.raises(UserError, match=r"split\.shares"):
        RandomInteractions(shares).assign(rows)


USERS, ITEMS = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 2, 2, 1])
PARTS = np.array([TRAIN, VAL, TRAIN, TEST, VAL, TEST], dtype=np.int8)


def test_orphans_are_found() -> None:
    assert without_training(USERS, PARTS).tolist() == [2]
    assert without_training(ITEMS, PARTS).tolist() == [1, 2]


def test_moved_orphans_have_training_interactions() -> None:
    parts, stays = settle(USERS, ITEMS, PARTS, "move")
    assert stays.all()
    # User 2 brings item 2 along; item 1 needs one of its own.
    assert parts.tolist() == [TRAIN, TRAIN, TRAIN, TEST, TRAIN, TEST]
    assert PARTS.tolist() == [TRAIN, VAL, TRAIN, TEST, VAL, TEST], "the input is left alone"


def test_dropped_orphans_go_with_all_they_did() -> None:
    parts, stays = settle(USERS, ITEMS, PARTS, "drop")
    assert (parts == PARTS).all()
    assert stays.tolist() == [True, True, True, True, False, False]


def test_kept_orphans() -> None:
    parts, stays = settle(USERS, ITEMS, PARTS, "keep")
    assert (parts == PARTS).all() and stays.all()
