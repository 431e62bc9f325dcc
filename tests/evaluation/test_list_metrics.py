"""Metrics beyond accuracy, against loops written from their definitions and against PyG where it has them."""

import dataclasses
import math
from importlib import import_module
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, vstack
from torch_geometric.metrics import LinkPredAveragePopularity, LinkPredCoverage

import tiny
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics import LIST_METRICS, ListMetrics
from rlmrec.evaluation.list_metrics.counting import hits, long_tail
from rlmrec.evaluation.list_metrics.gini import gini_coefficient
from rlmrec.evaluation.ranked_lists import RankedLists

USERS, ITEMS, K = 30, 20, 5
DIVERSITY = import_module("rlmrec.evaluation.list_metrics.diversity")


@pytest.fixture(params=[False, True], ids=["full lists", "lists with gaps"])
def case(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    lists = np.stack([random.permutation(ITEMS)[:K] for _ in range(USERS)])
    if request.param:
        lists[0] = -1
        lists[1, 1:] = -1
        lists[2, 3:] = -1
    train = random.random((USERS + 4, ITEMS)) < np.linspace(0.02, 0.7, ITEMS)
    train[:, 0] = False  # an item nobody had
    train[5] = False  # a user without history
    held_out = random.random((USERS, ITEMS)) < 0.2
    held_out[np.arange(USERS), random.integers(ITEMS, size=USERS)] = True
    return lists, held_out, train, random.standard_normal((ITEMS, 6)).astype(np.float32)


def measured_of(
    recommended: np.ndarray, held_out: csr_array, train: csr_array, item_embeddings: np.ndarray | None
) -> dict[str, float]:
    """All metrics of lists that can be measured, by name; the lists are those of the first users."""
    test = vstack([held_out, csr_array((train.shape[0] - held_out.shape[0], train.shape[1]))], format="csr")
    parts = {"train": train, "test": test, "item_embeddings": item_embeddings}
    dataset: Dataset = dataclasses.replace(tiny.dataset(), **parts)
    values = {name: metric(recommended, held_out, dataset) for name, metric in LIST_METRICS.items()}
    return {name: value for name, value in values.items() if not math.isnan(value)}


def by_loops(lists: np.ndarray, held_out: np.ndarray, train: np.ndarray, vectors: np.ndarray) -> dict[str, float]:
    popularity = train.sum(axis=0)
    recommended = [[int(item) for item in row if item >= 0] for row in lists]
    times = [sum(item in row for row in recommended) for item in range(ITEMS)]
    order = sorted(range(ITEMS), key=lambda item: (-popularity[item], item))
    tail = set(order[ITEMS // 5 :])
    similarity = lambda a, b: vectors[a] @ vectors[b] / np.linalg.norm(vectors[a]) / np.linalg.norm(vectors[b])  # noqa: E731
    recalls = []
    for row, wanted in zip(recommended, held_out, strict=True):
        rare = {item for item in np.flatnonzero(wanted) if item in tail}
        if rare:
            recalls.append(len(rare & set(row)) / len(rare))
    average = np.mean([np.mean(popularity[row]) for row in recommended if row])
    usual = np.mean([popularity[row].mean() for row in train[:USERS] if row.any()])
    return {
        "coverage": sum(count > 0 for count in times) / ITEMS,
        "gini": sum(abs(a - b) for a in times for b in times) / (2 * ITEMS * sum(times)),
        "novelty": np.mean(
            [np.mean([-math.log2(max(popularity[i], 1) / len(train)) for i in row]) for row in recommended if row]
        ),
        "popularity": average,
        "popularity_lift": average / usual - 1,
        "long_tail_recall": np.mean(recalls),
        "diversity": np.mean(
            [np.mean([1 - similarity(a, b) for a, b in combinations(row, 2)]) for row in recommended if len(row) > 1]
        ),
    }


def test_against_loops(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, held_out, train, vectors = case
    expected = by_loops(*case)
    sparse = csr_array(held_out.astype(np.float32)), csr_array(train.astype(np.float32))
    measured = measured_of(lists, *sparse, vectors)
    assert measured == pytest.approx(expected, rel=1e-6)
    monkeypatch.setattr(DIVERSITY, "VALUES_AT_ONCE", 7 * K * 6)
    assert measured_of(lists, *sparse, vectors) == pytest.approx(expected, rel=1e-6), "in chunks of seven users"
    assert measured_of(lists, *sparse, None).keys() == expected.keys() - {"diversity"}


def test_against_pyg_where_no_list_has_gaps() -> None:
    random = np.random.default_rng(0)
    lists = np.stack([random.permutation(ITEMS)[:K] for _ in range(USERS)])
    train = csr_array((random.random((USERS, ITEMS)) < 0.3).astype(np.float32))
    popularity = torch.from_numpy(train.sum(axis=0))
    measured = measured_of(lists, train, train, None)
    for metric, name in (
        (LinkPredCoverage(K, ITEMS), "coverage"),
        (LinkPredAveragePopularity(K, popularity), "popularity"),
    ):
        metric.update(torch.from_numpy(lists), torch.empty(2, 0, dtype=torch.long))
        assert measured[name] == pytest.approx(float(metric.compute()), rel=1e-6)


def test_a_part_of_the_users_is_measured_as_if_the_others_had_no_test_items() -> None:
    dataset = tiny.dataset()
    some = dataset.test_users[::3]
    ranked = np.stack([np.random.default_rng(user).permutation(tiny.NUM_ITEMS)[:K] for user in some])
    lists = RankedLists(tiny.NUM_USERS, K, torch.device("cpu"))
    lists.add(torch.from_numpy(some), torch.from_numpy(ranked), torch.zeros(ranked.shape))
    test = dataset.test.toarray()
    test[np.setdiff1d(np.arange(tiny.NUM_USERS), some)] = 0
    assert ListMetrics(dataset)(lists) == ListMetrics(dataclasses.replace(dataset, test=csr_array(test)))(lists)


def test_lists_as_popular_as_the_history_of_their_users_have_no_lift() -> None:
    """Other users, who read more popular items but are not tested, are no part of the comparison."""
    train = np.zeros((6, 4), np.float32)
    train[0, 3] = train[1, 3] = 1
    train[2:, 0] = train[2:, 1] = 1
    test = np.zeros_like(train)
    test[:2, 2] = 1
    dataset = dataclasses.replace(tiny.dataset(), train=csr_array(train), test=csr_array(test))
    assert LIST_METRICS["popularity_lift"](np.full((2, 1), 3), csr_array(test[:2]), dataset) == 0
    assert LIST_METRICS["popularity_lift"](np.full((2, 1), 0), csr_array(test[:2]), dataset) == 1


def test_gini_by_hand() -> None:
    assert gini_coefficient(np.array([3, 3, 3])) == 0
    assert gini_coefficient(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
    assert gini_coefficient(np.array([1, 3])) == pytest.approx(1 / 4)
    assert math.isnan(gini_coefficient(np.zeros(3)))


def test_the_long_tail_of_equally_popular_items_is_the_later_ones() -> None:
    assert long_tail(np.array([5, 5, 5, 1, 9])).tolist() == [True, True, True, True, False]
    assert np.flatnonzero(~long_tail(np.full(10, 2))).tolist() == [0, 1]


def test_hits() -> None:
    held_out = csr_array(np.array([[0, 0, 1], [1, 0, 0]], dtype=np.float32))
    assert hits(np.array([[2, 0], [-1, 0]]), held_out).tolist() == [[True, False], [False, True]]


def test_what_cannot_be_measured_is_left_out() -> None:
    nothing = csr_array((2, 3), dtype=np.float32)
    assert measured_of(np.full((2, 2), -1), nothing, nothing, np.ones((3, 2), np.float32)) == {"coverage": 0}


def test_lists_of_users_with_test_items_are_measured_by_what_the_dataset_holds() -> None:
    dataset = tiny.dataset()
    test = dataset.test.toarray()
    test[3] = 0
    dataset = dataclasses.replace(dataset, test=csr_array(test))
    users = np.flatnonzero(test.any(axis=1))
    assert 3 not in users
    ranked = np.stack([np.random.default_rng(user).permutation(tiny.NUM_ITEMS)[:K] for user in range(tiny.NUM_USERS)])
    ranked[3] = 0  # whoever has no test items does not count
    lists = RankedLists(tiny.NUM_USERS, K, torch.device("cpu"))
    lists.add(torch.arange(tiny.NUM_USERS), torch.from_numpy(ranked), torch.zeros(ranked.shape))
    held_out = csr_array(test[users])
    values = {name: metric(ranked[users], held_out, dataset) for name, metric in LIST_METRICS.items()}
    expected = {name: value for name, value in values.items() if not math.isnan(value)}
    assert ListMetrics(dataset)(lists) == expected
    assert "diversity" in expected
    without = dataclasses.replace(dataset, user_embeddings=None, item_embeddings=None)
    assert ListMetrics(without)(lists).keys() == expected.keys() - {"diversity"}
