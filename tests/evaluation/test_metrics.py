"""Ranking metrics: fractions by hand, loops over random rankings, and the recorded cases."""

import math
from fractions import Fraction
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch_geometric.metrics.link_pred import LinkPredMetric, LinkPredMetricData

import parity
from rankings import top_items
from rlmrec.common.errors import UserError
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.metrics import METRICS, RankingMetrics

# The published name of each metric that is recorded.
RECORDED = {"recall": "recall", "ndcg": "ndcg", "precision": "precision", "summed_reciprocal_rank": "mrr"}


def pairs(relevant: list[list[int]]) -> Tensor:
    """Row and item of every relevant item."""
    rows = [(row, item) for row, items in enumerate(relevant) for item in items]
    return torch.tensor(rows, dtype=torch.long).reshape(-1, 2).T


def measured(ranking: list[list[int]], relevant: list[list[int]], *ks: int) -> list[dict[str, float]]:
    metrics = RankingMetrics(ks)
    values = metrics.per_user(torch.tensor(ranking), pairs(relevant))
    return [dict(zip(metrics.names, row, strict=True)) for row in values.tolist()]


def expected(ranking: list[int], relevant: list[int], k: int) -> dict[str, float]:
    ranks = [rank for rank, item in enumerate(ranking[:k], start=1) if item in relevant]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return {
        f"recall@{k}": len(ranks) / len(relevant) if relevant else 0.0,
        f"ndcg@{k}": sum(1 / math.log2(rank + 1) for rank in ranks) / ideal if relevant else 0.0,
        f"precision@{k}": len(ranks) / k,
        f"mrr@{k}": 1 / ranks[0] if ranks else 0.0,
        f"hit_rate@{k}": float(bool(ranks)),
        f"summed_reciprocal_rank@{k}": sum(1 / rank for rank in ranks),
    }


def test_fractions_by_hand() -> None:
    (found,) = measured([[7, 2, 9, 4]], [[2, 4, 5, 6, 8]], 2, 4)
    fractions = {
        "recall@2": Fraction(1, 5),
        "recall@4": Fraction(2, 5),
        "precision@2": Fraction(1, 2),
        "precision@4": Fraction(2, 4),
        "mrr@2": Fraction(1, 2),
        "mrr@4": Fraction(1, 2),
        "hit_rate@2": Fraction(1),
        "hit_rate@4": Fraction(1),
        "summed_reciprocal_rank@2": Fraction(1, 2),
        "summed_reciprocal_rank@4": Fraction(3, 4),
    }
    for name, fraction in fractions.items():
        assert found.pop(name) == pytest.approx(float(fraction)), name
    log3, log5 = math.log2(3), math.log2(5)
    assert found.pop("ndcg@2") == pytest.approx((1 / log3) / (1 + 1 / log3))
    assert found.pop("ndcg@4") == pytest.approx((1 / log3 + 1 / log5) / (1 + 1 / log3 + 1 / 2 + 1 / log5))
    assert not found, "a metric is not tested"


def test_names_and_columns_agree() -> None:
    metrics = RankingMetrics((20, 5))
    assert metrics.max_k == 20
    assert metrics.names == [f"{name}@{k}" for name in METRICS for k in (20, 5)]
    assert metrics.per_user(torch.zeros(3, 20, dtype=torch.long), pairs([[0], [1], []])).shape == (
        3,
        len(metrics.names),
    )


def test_users_without_relevant_items_get_zeros() -> None:
    _, nobody, somebody = measured([[0, 1], [1, 0], [1, 0]], [[1], [], [1]], 1, 2)
    assert set(nobody.values()) == {0.0}
    assert somebody["recall@1"] == 1
    (alone,) = measured([[0, 1]], [[]], 2)
    assert set(alone.values()) == {0.0}


def test_rankings_longer_than_the_catalogue() -> None:
    found, nothing = measured([[1, 0, -1, -1, -1], [-1] * 5], [[0], [2]], 5)
    assert found == pytest.approx(expected([1, 0], [0], 5))
    assert found["precision@5"] == pytest.approx(1 / 5)
    assert set(nothing.values()) == {0.0}


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    num_items, length = draw(st.integers(1, 8)), draw(st.integers(3, 6))
    lists = draw(
        st.lists(st.tuples(st.permutations(range(num_items)), st.sets(st.integers(0, num_items - 1)))).filter(len)
    )
    ranking = [(order + [-1] * length)[:length] for order, _ in lists]
    return ranking, [sorted(relevant) for _, relevant in lists]


@settings(deadline=None)
@given(rankings())
def test_every_metric_equals_a_loop(case: tuple[list[list[int]], list[list[int]]]) -> None:
    ranking, relevant = case
    for found, order, items in zip(measured(ranking, relevant, 1, 3), ranking, relevant, strict=True):
        assert found == pytest.approx(expected(order, items, 1) | expected(order, items, 3), rel=1e-5)


@pytest.mark.parametrize("case", ["a", "b"])
def test_recorded(case: str) -> None:
    everything = parity.load("metrics")
    recorded = {key.removeprefix(f"{case}/"): value for key, value in everything.items() if key.startswith(f"{case}/")}
    users, counts = recorded["evaluated_users"], recorded["heldout_indptr"].diff()
    assert torch.equal(users, counts.nonzero()[:, 0])
    held_out = torch.stack([torch.arange(len(users)).repeat_interleave(counts[users]), recorded["heldout_indices"]])
    scores = recorded["scores"][users]
    ranking = top_items(scores, torch.eye(scores.shape[1]), recorded["train_mask"][users].nonzero().T, 20)
    assert torch.equal(ranking, recorded["top20_items"])
    metrics = RankingMetrics(tuple(everything["ks"].tolist()))
    values = dict(zip(metrics.names, metrics.per_user(ranking, held_out).T, strict=True))
    for ours, published in RECORDED.items():
        found = torch.stack([values[f"{ours}@{k}"] for k in everything["ks"].tolist()], dim=1)
        assert parity.difference(found, recorded[f"per_user_{published}"]) <= parity.TOLERANCE
        assert parity.difference(found.mean(0), recorded[published]) <= parity.TOLERANCE


class Misses(LinkPredMetric):
    """The share of places without a hit."""

    higher_is_better = False
    weighted = False

    def _compute(self, data: LinkPredMetricData) -> Tensor:
        return 1 - data.pred_rel_mat[:, : self.k].float().mean(1)


class Several(Misses):
    """More than one number for each user."""

    def _compute(self, data: LinkPredMetricData) -> Tensor:
        return data.pred_rel_mat.float()


def test_metrics_of_ones_own_take_the_place_of_the_usual_ones() -> None:
    metrics = RankingMetrics((1, 2), {"misses": Misses, "recall": METRICS["recall"]})
    assert metrics.names == ["misses@1", "misses@2", "recall@1", "recall@2"]
    assert metrics.per_user(torch.tensor([[4, 5]]), pairs([[5, 9]])).tolist() == [[1, 0.5, 0, 0.5]]
    assert metrics.checked_monitor("val/recall@2") == "val/recall@2"
    with pytest.raises(UserError, match=r"evaluation.monitor=val/misses@2: .*smaller is better"):
        metrics.checked_monitor("val/misses@2")


def test_a_metric_that_is_not_one_number_for_each_user_is_named() -> None:
    metrics = RankingMetrics((2,), {"several": Several})
    with pytest.raises(UserError, match=r"several@2 must be one number for each of 1 users: \(1, 2\)"):
        metrics.per_user(torch.tensor([[4, 5]]), pairs([[5]]))
    with pytest.raises(UserError, match=r"evaluation.metrics.odd: .*unexpected"):
        RankingMetrics((2,), {"odd": partial(Misses, base=3)})


@pytest.mark.parametrize("name", ["a/b", "a.b", "recall@5", "", "a b"])
def test_names_of_metrics(name: str) -> None:
    with pytest.raises(UserError, match="a metric cannot be called"):
        EvaluationProtocol(metrics={name: Misses})
    with pytest.raises(UserError, match="a metric cannot be called"):
        EvaluationProtocol(list_metrics={name: lambda *_: 0.0})


def test_no_two_metrics_have_one_name() -> None:
    with pytest.raises(UserError, match="both have gini: rename one"):
        EvaluationProtocol(metrics={"gini": Misses})
