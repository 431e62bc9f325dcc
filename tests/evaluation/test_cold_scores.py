"""Cold users and items scored by their neighbours, embeddings and popularity, against loops; and what is chosen."""

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import near_texts
from rlmrec.aligners import NoAlignment
from rlmrec.backbones.scores import EmbeddingScores
from rlmrec.evaluation.cold_start import chosen_placement
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from rlmrec.evaluation.cold_start.mixed_scores import Placement
from rlmrec.evaluation.cold_start.nodes import ColdNodes
from rlmrec.evaluation.metrics import RankingMetrics

NUM_USERS, NUM_ITEMS, DIM, GROUPS = 40, 30, 4, 3
_random = np.random.default_rng(0)
GROUP_OF_USER, GROUP_OF_ITEM = np.arange(NUM_USERS) % GROUPS, np.arange(NUM_ITEMS) % GROUPS
TEXTS = torch.from_numpy(
    (np.eye(GROUPS)[np.concatenate([GROUP_OF_USER, GROUP_OF_ITEM])] + 0.05 * _random.random((70, GROUPS))).astype("f4")
)
LIKED = (GROUP_OF_USER[:, None] == GROUP_OF_ITEM) & (_random.random((NUM_USERS, NUM_ITEMS)) < 0.6)
USERS, ITEMS = torch.from_numpy(_random.random((NUM_USERS, DIM))), torch.from_numpy(_random.random((NUM_ITEMS, DIM)))


def split(cold_users: range, cold_items: range, all_val: bool = True) -> tuple[csr_array, csr_array, torch.Tensor]:
    cold = np.zeros((NUM_USERS, NUM_ITEMS), bool)
    cold[cold_users.start : cold_users.stop] = cold[:, cold_items.start : cold_items.stop] = True
    train, val = (csr_array((LIKED & part).astype(np.float32)) for part in (~cold, cold if all_val else cold & False))
    flags = np.concatenate([np.isin(np.arange(NUM_USERS), cold_users), np.isin(np.arange(NUM_ITEMS), cold_items)])
    return train, val, torch.from_numpy(flags)


def cold_start(
    cold_users: range = range(0), cold_items: range = range(0), text: bool = True, val: bool = True
) -> ColdStart:
    train, held_out, cold = split(cold_users, cold_items, val)
    nodes = ColdNodes(train, cold, TEXTS if text else None, NoAlignment())
    return ColdStart(nodes, held_out, RankingMetrics([5]), "recall@5")


def every_score(made: ColdStart, placement: Placement) -> np.ndarray:
    return made.nodes.scores(placement, [(USERS, ITEMS)]).of(torch.arange(NUM_USERS)).double().numpy()


def nearest(kind: Literal["users", "items"], cold: range, k: int) -> np.ndarray:
    """The cosines of cold users, or items, with their k nearest warm ones, by loops."""
    texts = (TEXTS[:NUM_USERS] if kind == "users" else TEXTS[NUM_USERS:]).double().numpy()
    return near_texts.nearest(texts, cold, [n for n in range(len(texts)) if n not in cold], k)


def deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def test_cold_users_are_scored_by_neighbours_embeddings_and_popularity() -> None:
    made = cold_start(cold_users=range(6))
    found = every_score(made, Placement(neighbours=3, embeddings=2.0, popularity=5.0))
    train, near = made.nodes.train.toarray(), nearest("users", range(6), 3)
    popularity = [math.log1p(count) for count in train.sum(0)]
    centre, unit = sum(popularity) / NUM_ITEMS, deviation(popularity)
    for user in range(6):
        by_neighbours = [
            sum(near[user, other] * train[other, item] for other in range(NUM_USERS)) for item in range(NUM_ITEMS)
        ]
        by_embeddings = [float(USERS[user] @ ITEMS[item]) for item in range(NUM_ITEMS)]
        expected = [
            a / deviation(by_neighbours) + 2 * b / deviation(by_embeddings) + 5 * (c - centre) / unit
            for a, b, c in zip(by_neighbours, by_embeddings, popularity, strict=True)
        ]
        np.testing.assert_allclose(found[user], expected, rtol=1e-4)
    np.testing.assert_allclose(found[6:], (USERS @ ITEMS.T)[6:], rtol=1e-6)


def test_cold_items_are_scored_by_neighbours_and_embeddings_and_lifted() -> None:
    made = cold_start(cold_items=range(24, 30))
    found, plain = (every_score(made, Placement(neighbours=3, embeddings=0.5, lift=lift)) for lift in (2.0, 0.0))
    train, products = made.nodes.train.toarray(), (USERS @ ITEMS.T).numpy()
    near = nearest("items", range(24, 30), 3)
    np.testing.assert_allclose(found[:, :24], products[:, :24], rtol=1e-6)
    by_items = np.array([[sum(near[i, j] * row[j] for j in range(NUM_ITEMS)) for i in range(24, 30)] for row in train])
    mixed = by_items / by_items.std() + 0.5 * products[:, 24:] / products[:, 24:].std(ddof=1)
    unit, mean = products[:, :24].std(ddof=1), products[:, :24].mean()
    expected = mean + unit * (mixed - mixed.mean()) / mixed.std(ddof=1)
    np.testing.assert_allclose(plain[:, 24:], expected, rtol=1e-4)
    np.testing.assert_allclose(found[:, 24:], expected + 2 * unit, rtol=1e-4)


def test_cold_users_have_no_say_in_the_scale_of_cold_items() -> None:
    """Their scores are a thousand times as large, where popularity is all that counts for them."""
    made = cold_start(cold_users=range(6), cold_items=range(24, 30))
    found = every_score(made, Placement(neighbours=3, popularity=1000.0, lift=0.0))[6:]
    np.testing.assert_allclose(found[:, 24:].mean(), found[:, :24].mean(), rtol=1e-4)
    np.testing.assert_allclose(found[:, 24:].std(ddof=1), found[:, :24].std(ddof=1), rtol=1e-4)


def test_neighbours_are_those_with_interactions_of_the_same_kind() -> None:
    made = cold_start(range(6), range(24, 30))
    for kind, cold, groups in (("users", range(6), GROUP_OF_USER), ("items", range(24, 30), GROUP_OF_ITEM)):
        near = made.nodes.nearest(kind, 4).toarray()
        assert not near[:, list(cold)].any() and not np.delete(near, list(cold), 0).any()
        for node in cold:
            assert (groups[near[node].nonzero()[0]] == groups[node]).all()


@pytest.mark.parametrize("nodes", ["users", "items"])
def test_validation_finds_out_that_profiles_tell(nodes: str) -> None:
    """Popularity is equal everywhere, and embeddings are random: who reads profiles knows the group."""
    made = cold_start(**{f"cold_{nodes}": range(6) if nodes == "users" else range(24, 30)})
    tried = made.tried_users[nodes]
    scores = made.scores([(USERS, ITEMS)]).of(torch.from_numpy(tried))
    ranked, k = (scores, 5) if nodes == "users" else (scores[:, 24:], 2)  # two of six cold items are of a group
    items = ranked.topk(k).indices.numpy() + NUM_ITEMS - ranked.shape[1]
    assert (GROUP_OF_ITEM[items] == GROUP_OF_USER[tried][:, None]).mean() > 0.8


def test_without_validation_cold_users_get_popular_items_and_cold_items_no_lift() -> None:
    made = cold_start(range(6), range(24, 30), val=False)
    assert not len(made.tried_users["users"]) and not len(made.tried_users["items"])
    found = made.scores([(USERS, ITEMS)]).of(torch.arange(NUM_USERS)).double().numpy()
    expected = every_score(made, replace(Placement(), lift=0.0))
    np.testing.assert_allclose(found, expected)
    popularity = np.asarray(made.nodes.train.sum(axis=0))[:24]
    assert (np.sort(popularity)[::-1][:5] == popularity[found[0, :24].argsort()[::-1][:5]]).all()


def test_without_text_popularity_decides_for_cold_users_and_cold_items_stay_as_they_are() -> None:
    made = cold_start(range(6), range(24, 30), text=False)
    found = made.scores([(USERS, ITEMS)]).of(torch.arange(NUM_USERS)).double()
    torch.testing.assert_close(found[6:], (USERS @ ITEMS.T)[6:])
    popularity = np.asarray(made.nodes.train.sum(axis=0))
    assert (popularity[found[0].argsort(descending=True)[:5].numpy()] == np.sort(popularity)[::-1][:5]).all()


def test_nobody_cold_changes_nothing() -> None:
    scores = cold_start().scores([(USERS, ITEMS)])
    assert isinstance(scores, EmbeddingScores) and scores.users is USERS


def test_versions_are_means_of_neighbours_and_keep_others() -> None:
    made = cold_start(range(6), range(24, 30))
    nodes = torch.cat([USERS, ITEMS])
    (placed,) = made.nodes.versions(nodes)
    cold = made.nodes.cold
    assert torch.equal(placed[~cold], nodes[~cold])
    near = torch.from_numpy(nearest("users", range(6), 100)[:6])
    torch.testing.assert_close(placed[:6], near @ USERS / near.sum(1, keepdim=True))
    near = torch.from_numpy(nearest("items", range(24, 30), 100)[24:])
    torch.testing.assert_close(placed[NUM_USERS + 24 :], near @ ITEMS / near.sum(1, keepdim=True))


@pytest.mark.parametrize("untold", [[1, 4], [0, 1, 2, 3, 4, 5]])
def test_cold_users_without_a_profile_get_popular_items_whatever_others_get(untold: list[int]) -> None:
    made = cold_start(cold_users=range(6))
    made.nodes.users_with_profile[untold] = False
    found = every_score(made, Placement(popularity=0.0))
    popularity = np.log1p(made.nodes.train.toarray().sum(0))
    expected = (popularity - popularity.mean()) / popularity.std()
    np.testing.assert_allclose(found[untold], np.tile(expected, (len(untold), 1)), rtol=1e-5)
    others = np.setdiff1d(np.arange(NUM_USERS), untold)
    plain = every_score(cold_start(cold_users=range(6)), Placement(popularity=0.0))
    np.testing.assert_array_equal(found[others], plain[others])
    assert set(made.tried_users["users"]) == set(range(6)) - set(untold)


@pytest.mark.parametrize("untold", [[25, 27], [24, 25, 26, 27, 28, 29]])
def test_cold_items_without_a_profile_come_after_all_others(untold: list[int]) -> None:
    made = cold_start(cold_items=range(24, 30))
    made.nodes.items_with_profile[untold] = False
    found = every_score(made, Placement())
    others = np.setdiff1d(np.arange(NUM_ITEMS), untold)
    assert (found[:, untold].max(1) < found[:, others].min(1)).all()
    assert (found[:, untold] == found[0, untold[0]]).all()


def test_warm_nodes_without_a_profile_are_nobodys_neighbours() -> None:
    made = cold_start(cold_users=range(6))
    assert made.nodes.nearest("users", 50)[0, 6]
    made = cold_start(cold_users=range(6))
    made.nodes.users_with_profile[6] = False
    assert made.nodes.nearest("users", 50)[:, [6]].nnz == 0


@pytest.mark.parametrize("kind", ["users", "items"])
def test_warm_nodes_of_validation_can_be_taken_for_cold(
    kind: Literal["users", "items"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(chosen_placement.PRETENDED, kind, 0.5)
    halves = np.random.default_rng(1).random((NUM_USERS, NUM_ITEMS)) < 0.5
    val, seen = (csr_array((LIKED & part).astype(np.float32)) for part in (halves, ~halves))
    nodes = ColdNodes(seen, torch.zeros(NUM_USERS + NUM_ITEMS, dtype=torch.bool), TEXTS, NoAlignment())
    judge = ColdStart(nodes, val, RankingMetrics([5]), "recall@5").pretending(kind)
    assert judge is not None
    (users,), (items,) = judge.nodes.users.nonzero(), judge.nodes.items.nonzero()
    taken, with_val = (users, val.sum(axis=1)) if kind == "users" else (items, val.sum(axis=0))
    assert len(users) + len(items) == len(taken) == int(0.5 * (with_val > 0).sum()) > 0
    expected = seen.toarray()
    expected[users] = expected[:, items] = 0
    np.testing.assert_array_equal(judge.nodes.train.toarray(), expected)
    assert (judge.seen != seen).nnz == 0  # what they have seen is left out of their rankings
    first = Placement() if kind == "users" else Placement(lift=-1000.0)
    assert judge.chosen([(USERS, ITEMS)], first=first) != first
    assert ColdStart(nodes, csr_array(val.shape), RankingMetrics([5]), "recall@5").pretending(kind) is None


def test_users_without_cold_items_count_against_their_lift() -> None:
    """A single user has a cold item in validation: it is no reason to put cold items before all others' lists."""
    train, _, cold = split(range(0), range(24, 30))
    val = np.zeros((NUM_USERS, NUM_ITEMS), np.float32)
    val[np.arange(NUM_USERS), GROUP_OF_USER] = 1
    val[0, 24 + GROUP_OF_USER[0]] = 1
    seen = csr_array(train.toarray() * (1 - val))
    seen.eliminate_zeros()
    nodes = ColdNodes(seen, cold, TEXTS, NoAlignment())
    judge = ColdStart(nodes, csr_array(val), RankingMetrics([2]), "recall@2")
    assert len(judge.tried_users["items"]) == NUM_USERS
    liked = torch.eye(GROUPS, dtype=torch.float64)
    users, items = liked[GROUP_OF_USER], 5 * liked[GROUP_OF_ITEM]
    assert judge.chosen([(users, items)]).lift <= 0


def test_cold_items_that_few_users_want_do_not_keep_cold_users_at_popular_items() -> None:
    """With less popularity, the first lift would put cold items at the top, so that both must change together."""
    train, val, cold = split(range(20), range(24, 30))
    wanted = val.toarray()
    wanted[1:, 24:] = 0  # one user has held-out cold items
    nodes = ColdNodes(train, cold, TEXTS, NoAlignment())
    made = ColdStart(nodes, csr_array(wanted), RankingMetrics([5]), "recall@5")
    assert len(made.tried_users["items"]) > 1
    chosen = made.chosen([(USERS, ITEMS)])
    assert chosen.popularity < Placement().popularity and chosen.lift < Placement().lift
