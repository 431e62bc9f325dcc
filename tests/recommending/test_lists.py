"""Lists of items for users."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from nameless import renamed
from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.recommending import ListRequest, lists

Runs = dict[str, TrainedRun]


@pytest.mark.parametrize("name", ["lightgcn", "rp3beta"])
def test_they_are_the_lists_that_the_test_ranked(runs: Runs, name: str) -> None:
    tested = runs[name].recommendations().select("user", "rank", "item", "title", "score")
    made = runs[name].recommend(tested["user"].unique(maintain_order=True).to_list(), k=20)
    assert made.drop("score").equals(tested.drop("score"))
    assert made["score"].to_numpy() == pytest.approx(tested["score"].to_numpy())


def test_parts_give_the_same_as_all_at_once(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = runs["lightgcn"].recommend(k=5)
    monkeypatch.setattr(lists, "USERS_AT_ONCE", 7)
    parts = runs["lightgcn"].recommend(k=5)
    assert parts.drop("score").equals(whole.drop("score"))
    assert parts["score"].to_numpy() == pytest.approx(whole["score"].to_numpy())
    assert whole["user"].n_unique() == 60


def test_users_keep_the_order_in_which_they_are_asked_for(runs: Runs) -> None:
    asked = ["user-7", "user-3", "user-30"]
    found = runs["lightgcn"].recommend(asked, k=4)
    assert found["user"].unique(maintain_order=True).to_list() == asked
    assert found["rank"].to_list() == [1, 2, 3, 4] * 3


@pytest.mark.parametrize(
    ("filter_seen", "left_out"),
    [
        (True, ["train"]),
        ("train", ["train"]),
        ("train+val", ["train", "val"]),
        ("all", ["train", "val", "test"]),
        (False, []),
    ],
)
def test_seen_items_are_left_out(runs: Runs, filter_seen: bool | str, left_out: list[str]) -> None:
    run = runs["lightgcn"]
    found = run.recommend(["user-0"], k=40, filter_seen=filter_seen)["item"].to_list()
    known = {part: set(getattr(run.dataset, part)[[0]].indices.tolist()) for part in ("train", "val", "test")}
    seen = set().union(*(known[part] for part in left_out))
    assert {int(name.partition("-")[2]) for name in found} == set(range(40)) - seen


def test_white_list_and_exclusion(runs: Runs) -> None:
    found = runs["lightgcn"].recommend(["user-0"], items=["item-1", "item-2", "item-3"], exclude=["item-2"], k=3)
    assert set(found["item"]) <= {"item-1", "item-3"}
    with pytest.raises(UserError, match="no item of 40 has the external id 'x'"):
        runs["lightgcn"].recommend(["user-0"], exclude=["x"])


def test_unknown_users(runs: Runs) -> None:
    run, asked = runs["lightgcn"], ["nobody", "user-1"]
    with pytest.raises(UserError, match="no user of 60 has the external id 'nobody'; on_unknown=skip or popular"):
        run.recommend(asked)
    assert run.recommend(asked, on_unknown="skip")["user"].unique().to_list() == ["user-1"]
    counts = np.asarray(run.dataset.train.sum(axis=0))
    found = run.recommend(asked, on_unknown="popular", k=3).filter(pl.col("user") == "nobody")
    assert found["score"].to_list() == sorted(counts.tolist(), reverse=True)[:3]
    assert found["item"].to_list() == [f"item-{number}" for number in np.argsort(-counts, kind="stable")[:3]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k=0: input should be greater than 0"),
        ({"filter_seen": "some"}, "filter_seen="),
        ({"on_unknown": "guess"}, "on_unknown='guess'"),
        ({"length": 3}, "there is no option length"),
    ],
)
def test_wrong_options(runs: Runs, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        runs["lightgcn"].recommend(["user-1"], **options)


def test_items_without_an_id_of_their_own_stand_in_lists(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    whole = runs["lightgcn"].recommend(["user-3"], k=40, filter_seen=False)
    run = renamed(runs["lightgcn"], items={4: "", 5: "", 6: "item-7"})
    found = run.recommend(["user-3"], k=40, filter_seen=False)
    assert found["title"].equals(whole["title"]) and set(found["item"]) - set(whole["item"]) == {""}
    (of_user,) = run.served.lists(["user-3"], ListRequest(k=40, filter_seen=False))
    assert [f"item number {item}" for item in of_user.items[0]] == whole["title"].to_list()
    lists.tell_nameless(runs["lightgcn"].dataset.items)
    lists.tell_nameless(run.dataset.items)
    assert caplog.messages[-1].startswith("2 items of 40 without an external id: their id is empty in lists")


def test_ids_that_are_no_texts_are_refused(runs: Runs) -> None:
    run: Any = runs["lightgcn"]
    for ask in (
        lambda: run.recommend([1]),
        lambda: run.recommend_to_new({1: ["item-1"]}),
        lambda: run.recommend_to_new({"new": [1]}),
        lambda: run.recommend_to_new(profiles={1: "azure ocean"}),
        lambda: run.user_embeddings(np.array([1])),
        lambda: run.served.similar_items([1]),
    ):
        with pytest.raises(UserError, match=r"^external ids are text: \['1'\] instead of \[") as caught:
            ask()
        assert "\n" not in str(caught.value)
