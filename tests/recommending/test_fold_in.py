"""Users who were not there in training."""

import numpy as np
import polars as pl
import pytest
import torch

import tiny
from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.recommending import ListRequest, Newcomers
from rlmrec.recommending.fold_in import METHODS, FoldIn, best_method, histories_of, ridge_regression

Runs = dict[str, TrainedRun]


@pytest.mark.parametrize("name", ["rp3beta", "ease", "gf_cf", "sgfcf", "ials", "pop"])
def test_fitted_methods_score_a_copy_of_a_known_user_as_the_user(runs: Runs, name: str) -> None:
    run = runs[name]
    folded = FoldIn(run.model, None, run.dataset).scores(run.dataset.train[:9])
    users = torch.arange(9)
    torch.testing.assert_close(folded.of(users), run.served.scores.of(users), rtol=1e-4, atol=1e-5)


def test_an_encoder_of_histories_gives_a_copy_of_a_known_user_the_list_of_the_user(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["mult_vae"]
    users = ["user-3", "user-8"]
    histories = {
        f"new {name}": [f"item-{item}" for item in run.dataset.train[[int(name.removeprefix("user-"))]].indices]
        for name in users
    }
    known, new = run.recommend(users, k=9), run.recommend_to_new(histories, k=9)
    assert new["item"].equals(known["item"]) and new["user"].unique(maintain_order=True).to_list() == [*histories]
    assert new["score"].to_numpy() == pytest.approx(known["score"].to_numpy(), rel=1e-5)
    people = Newcomers(pl.DataFrame({"external_id": ["new user-3"]}), np.asarray(run.dataset.user_embeddings[[3]]))
    monkeypatch.setattr(run.served._text_fold_in, "weight", 0.0)  # a profile beside a history that counts nothing
    beside = run.served.recommend_to_new(ListRequest(k=9), histories, people)
    assert beside["item"].equals(known["item"]) and beside["score"].to_numpy() == pytest.approx(new["score"].to_numpy())


def test_user_neighbours_of_a_copy_have_the_user_among_them(runs: Runs) -> None:
    run = runs["user_knn"]
    train, shrinkage = run.dataset.train.toarray(), run.model.backbone.shrinkage
    common, lengths = train[:3] @ train.T, np.sqrt(train.sum(axis=1))
    cosines = common / (lengths[:3, None] * lengths + shrinkage)
    folded = FoldIn(run.model, None, run.dataset).scores(run.dataset.train[:3])
    assert folded.of(torch.arange(3)).numpy() == pytest.approx(cosines @ train, rel=1e-5)  # all users are neighbours


def test_regression_places_users_where_dot_products_are_nearest_to_the_history() -> None:
    items = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)
    history = tiny.dataset().train[:5]
    ridge = 0.1 * np.trace(items.T @ items) / 8
    wide = np.vstack([items, np.sqrt(ridge) * np.eye(8)])
    aims = np.hstack([history.toarray(), np.zeros((5, 8))])
    expected = np.linalg.lstsq(wide, aims.T, rcond=None)[0].T
    found = ridge_regression(0.1)(history, torch.from_numpy(items), np.ones(40))
    assert found.numpy() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_placed_users_get_items_like_those_of_their_history(name: str) -> None:
    items = torch.eye(4)[torch.arange(40) % 4] + 0.1 * torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    history = histories_of(40, [np.arange(0, 20, 4), np.arange(1, 20, 4)])
    placed = METHODS[name](history, items, np.ones(40))
    best = (placed @ items.T).topk(10).indices
    assert (best % 4 == torch.tensor([[0], [1]])).all()


def test_new_users_get_lists_without_their_history(runs: Runs) -> None:
    run, history = runs["lightgcn"], [f"item-{number}" for number in range(0, 20, 4)]
    assert best_method(run.served.scores, run.dataset) in METHODS
    found = run.served.recommend_to_new(ListRequest(k=5), {"someone": history, "user-1": ["item-1"]})
    assert found["user"].to_list() == ["someone"] * 5 + ["user-1"] * 5
    assert not set(found["item"].to_list()[:5]) & set(history)
    with_history = run.served.recommend_to_new(ListRequest(k=40, filter_seen=False), {"someone": history})
    assert set(history) <= set(with_history["item"])
    with pytest.raises(UserError, match="no item of 40 has the external id 'x'"):
        run.served.recommend_to_new(ListRequest(), {"someone": ["x"]})


def test_histories_count_each_item_once() -> None:
    found = histories_of(4, [np.array([1, 1, 3]), np.array([], np.int64)])
    assert found.toarray().tolist() == [[0, 1, 0, 1], [0, 0, 0, 0]]
