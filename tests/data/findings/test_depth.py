"""How many items are left to rank, and which metrics cannot vary then."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from rlmrec.data.findings.depth import is_constant, items_to_rank
from rlmrec.evaluation.metrics import METRICS, RankingMetrics


def test_items_to_rank_are_those_of_a_loop() -> None:
    random = np.random.default_rng(0)
    seen, held_out = (csr_array((random.random((20, 12)) < 0.3).astype(np.float32)) for _ in range(2))
    held_out = csr_array(held_out.toarray() * (np.arange(20)[:, None] % 4 > 0))
    pool = random.random(12) < 0.5
    for chosen in (None, pool):
        inside = np.ones(12, bool) if chosen is None else chosen
        expected = [
            sum(inside[item] and not seen.toarray()[user, item] for item in range(12))
            for user in range(20)
            if held_out.toarray()[user].any()
        ]
        assert items_to_rank(held_out, seen, chosen).tolist() == expected


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("items", [1, 3, 4, 6])
def test_a_metric_is_called_constant_exactly_if_no_ranking_changes_it(name: str, items: int) -> None:
    """Of every order of the items, as a model may rank them, with one of them held out."""
    depth = 4
    metric = RankingMetrics([depth])
    column = metric.names.index(f"{name}@{depth}")
    values = set()
    for first in range(items):
        order = torch.tensor([[first, *(item for item in range(items) if item != first)]])
        ranking = torch.nn.functional.pad(order, (0, max(0, depth - items)), value=-1)
        for relevant in (0, items - 1):
            values.add((relevant, float(metric.per_user(ranking, torch.tensor([[0], [relevant]]))[0, column])))
    varies = len(values) > len({relevant for relevant, _ in values})
    assert is_constant(f"{name}@{depth}", np.array([items])).tolist() == [not varies]
