"""Nearest neighbours of items and users."""

import numpy as np
import polars as pl
import pytest
import torch

from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.recommending import ListRequest, ServedModel
from rlmrec.recommending.similar import cosines, rows_of, similar

Runs = dict[str, TrainedRun]


@pytest.mark.parametrize("kind", ["item", "user"])
def test_embeddings_are_compared_by_cosine(runs: Runs, kind: str) -> None:
    run = runs["lightgcn"]
    table = run.item_embeddings() if kind == "item" else run.user_embeddings()
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    near = directions @ directions[3]
    near[3] = -np.inf
    found = getattr(run.served, f"similar_{kind}s")([f"{kind}-3"], k=4)
    assert found["neighbour"].to_list() == [f"{kind}-{number}" for number in np.argsort(-near)[:4]]
    assert found["score"].to_numpy() == pytest.approx(np.sort(near)[::-1][:4], abs=1e-6)
    assert found["rank"].to_list() == [1, 2, 3, 4]


def test_a_cosine_of_zero_has_its_rank_and_a_weight_of_zero_is_no_neighbour() -> None:
    items = pl.DataFrame({"id": range(4), "external_id": [*"abcd"], "title": [*"abcd"]})
    embeddings = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [-1.0, 0.0]])
    near = similar(cosines(embeddings), items, ["a"], 3, "item")
    assert near["neighbour"].to_list() == ["b", "c", "d"] and near["rank"].to_list() == [1, 2, 3]
    assert near["score"].to_list() == pytest.approx([1 / np.sqrt(1.01), 0, -1])
    embeddings[1] = 0  # has no direction
    assert similar(cosines(embeddings), items, ["a", "b"], 3, "item").rows() == [
        ("a", 1, "c", "c", 0.0),
        ("a", 2, "d", "d", -1.0),
    ]
    weights = np.array([[0, 2, 0, -1], [2, 0, 0, 0], [0, 0, 0, 0], [-1, 0, 0, 0]], dtype=np.float32)
    assert similar(rows_of(weights), items, ["a"], 3, "item")["neighbour"].to_list() == ["b"]


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
