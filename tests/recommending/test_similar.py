"""Nearest neighbours of items and users."""

import numpy as np
import pytest
import torch

from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.recommending import ListRequest, ServedModel

Runs = dict[str, TrainedRun]


@pytest.mark.parametrize("kind", ["item", "user"])
def test_embeddings_are_compared_by_cosine(runs: Runs, kind: str) -> None:
    run = runs["lightgcn"]
    table = run.item_embeddings() if kind == "item" else run.user_embeddings()
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[3]
    cosines[3] = -np.inf
    found = getattr(run.served, f"similar_{kind}s")([f"{kind}-3"], k=4)
    assert found["neighbour"].to_list() == [f"{kind}-{number}" for number in np.argsort(-cosines)[:4]]
    assert found["score"].to_numpy() == pytest.approx(np.sort(cosines)[::-1][:4], abs=1e-6)
    assert found["rank"].to_list() == [1, 2, 3, 4]


def test_fitted_methods_compare_by_their_own_matrix(runs: Runs) -> None:
    weights = runs["rp3beta"].model.fitted["items"].toarray()[5]
    found = runs["rp3beta"].served.similar_items(["item-5"], k=3)
    numbers = [int(name.partition("-")[2]) for name in found["neighbour"]]
    assert found["score"].to_numpy() == pytest.approx(np.sort(weights)[::-1][:3])
    assert weights[numbers] == pytest.approx(np.sort(weights)[::-1][:3])
    nearest = runs["user_knn"].model.fitted["users"].toarray()[2]
    found = runs["user_knn"].served.similar_users(["user-2"], k=2)
    assert found["score"].to_numpy() == pytest.approx(np.sort(nearest)[::-1][:2])


def test_a_method_without_comparisons_says_so(runs: Runs) -> None:
    with pytest.raises(UserError, match="Pop does not compare items with one another"):
        runs["pop"].served.similar_items(["item-1"])
    with pytest.raises(UserError, match="no item of 40 has the external id 'x'"):
        runs["lightgcn"].served.similar_items(["x"])


def test_weights_that_are_not_finite_have_no_neighbours(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs["lightgcn"]
    users, items = run.model.embed()
    monkeypatch.setattr(run.model, "embed", lambda: (users, items.index_fill(0, torch.tensor([7]), torch.nan)))
    served = ServedModel(run.model, run.dataset, "train")
    for ask in (served.similar_items, served.similar_users):
        with pytest.raises(UserError, match="embeddings hold NaN or infinite values"):
            ask([f"{'item' if ask == served.similar_items else 'user'}-1"])
    with pytest.raises(UserError, match="embeddings hold NaN or infinite values"):
        served.recommend_to_new(ListRequest(), {"new": ["item-1"]})
