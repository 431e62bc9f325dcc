"""Lists of another tool, with a place for each item."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import tiny
from rlmrec.backbones import GivenLists
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule


def given(table: pl.DataFrame, folder: Path) -> GivenLists:
    path = folder / "lists.parquet"
    table.write_parquet(path)
    data = InteractionDataModule(tiny.dataset())
    return GivenLists(data.interactions, data.dataset, str(path))


def rows(*values: tuple[str, str, float], order: str = "score") -> pl.DataFrame:
    return pl.DataFrame([*values], schema=["user", "item", order], orient="row")


@pytest.mark.parametrize(("order", "values"), [("score", [0.1, 5.0, -2.0, 0.1]), ("rank", [2, 1, 9, 3])])
def test_items_are_ranked_by_score_or_rank_and_equals_by_their_order(
    order: str, values: list[float], tmp_path: Path
) -> None:
    table = rows(
        *(("user-3", f"item-{item}", value) for item, value in zip((4, 7, 1, 2), values, strict=True)), order=order
    )
    made = given(table, tmp_path)
    scores = made.scores(made.fit(seed=0)).of(torch.tensor([3, 0]))
    assert scores[0].topk(4).indices.tolist() == [7, 4, 2, 1]
    assert scores.isfinite().sum(1).tolist() == [4, 0], "other items are never ranked"


def test_what_is_left_out_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trained = tiny.dataset().train[[5]].indices[0]
    table = rows(("user-5", f"item-{trained}", 3), ("nobody", "item-1", 1), ("user-5", "nothing", 1))
    made = given(table, tmp_path)
    made.check()
    told = caplog.text
    caplog.clear()
    assert "1 row of users that the dataset does not have, left out" in told
    assert "1 row of items that the dataset does not have, left out" in told
    assert "1 row of training interactions, left out of the ranking" in told
    tested = int((np.diff(tiny.dataset().test.indptr) > 0).sum())
    assert f"{tested - 1} users of {tested} to be tested without a list" in told
    made.fit(seed=0)
    assert caplog.text == "", "it is told once"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (rows(("user-1", "item-1", 1)).drop("score"), "neither a column score nor a column rank"),
        (rows(("user-1", "item-1", 1)).drop("item"), "call that of items item"),
        (rows(("user-1", "item-1", float("nan"))), "the column score must hold a finite number in every row"),
        (rows(("user-1", "item-1", 1), ("user-1", "item-1", 2)), "a user has the same item twice"),
        (rows(("a", "b", 1)), "no row has a user and an item of the dataset tiny"),
    ],
)
def test_tables_that_tell_nothing_are_refused(table: pl.DataFrame, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        given(table, tmp_path).check()


def test_scores_that_differ_little_are_told_apart(tmp_path: Path) -> None:
    table = rows(*(("user-3", f"item-{item}", 1.7e9 + item) for item in (1, 2, 4)))
    made = given(table, tmp_path)
    assert made.scores(made.fit(seed=0)).of(torch.tensor([3]))[0].topk(3).indices.tolist() == [4, 2, 1]
