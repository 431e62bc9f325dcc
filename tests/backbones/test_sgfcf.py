"""SGFCF against its published code (tanatosuu/sgfcf), with and without filters that differ between nodes, and loops."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import fitted
import tiny
from places import FIXTURES
from rlmrec import build, compose
from rlmrec.backbones import SGFCF, neighbours
from rlmrec.backbones.homophily import homophily
from rlmrec.common.errors import UserError
from rlmrec.graph import Interactions

OPTIONS = {
    "with_homophily": {"num_vectors": 6, "filter_power": 0.7, "homophily_power": 0.9, "linear_weight": 0.4},
    "without": {"num_vectors": 5, "filter_power": 1.2, "degree_offset": 2.0, "degree_power": 0.5, "linear_weight": 0.3},
}


def connected_share(history: np.ndarray, train: np.ndarray, fewest: int) -> float:
    pairs = list(permutations(history.nonzero()[0], 2))
    return sum((train[:, a] * train[:, b]).sum() >= fewest for a, b in pairs) / len(pairs) if pairs else 0.0


@pytest.mark.parametrize("name", OPTIONS)
def test_scores_are_those_of_the_published_code(name: str) -> None:
    stored = np.load(FIXTURES / "published" / "sgfcf.npz")
    users, items = (torch.from_numpy(stored[part]) for part in ("users", "items"))
    known = Interactions(users, items, int(stored["num_users"]), int(stored["num_items"]))
    found = fitted.every_score(SGFCF(known, **OPTIONS[name])).numpy()
    np.testing.assert_allclose(found, stored[name], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("at_once", [1, 30, 2**24])
def test_homophily_is_the_share_of_pairs_that_another_has_too(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "ENTRIES_AT_ONCE", at_once)
    x, new = fitted.matrix(), fitted.matrix(seed=1)[:5]
    of_known = homophily(csr_array(x), csr_array(x), 2)
    assert of_known == pytest.approx([connected_share(row, x, 2) for row in x])
    of_new = homophily(csr_array(new), csr_array(x), 1)
    assert of_new == pytest.approx([connected_share(row, x, 1) for row in new])
    assert 0 < of_known.mean() < 1 and of_known[-1] == 0


def test_a_new_user_counts_as_one_whose_pairs_of_items_another_has() -> None:
    x = fitted.matrix()
    made = fitted.backbone("sgfcf", x, homophily_power=0.8)
    found = made.fit(seed=0)
    copies = made.fold_in(found, csr_array(x[:2].astype(np.float32)))
    assert copies is not None
    most = made._scores(found, made.train[:2], np.ones(2))
    torch.testing.assert_close(copies.of(torch.arange(2)), most.of(torch.arange(2)))
    known = made.scores(found).of(torch.arange(2))
    assert not torch.allclose(copies.of(torch.arange(2)), known, rtol=1e-3)


def test_a_low_pass_row_whose_sum_is_not_positive_is_left_out() -> None:
    x = fitted.matrix()
    made = fitted.backbone("sgfcf", x, num_vectors=1)
    mixed = np.where(np.arange(fitted.NUM_ITEMS) % 2, -1.0, 1.5)[:, None].astype(np.float32)
    with_low_pass, without = (
        made.scores({"vectors": vectors, "values": np.ones((1, 1), np.float32)}).of(torch.arange(fitted.NUM_USERS))
        for vectors in (mixed, 0 * mixed)
    )
    sums = made._of_items(made.train) @ mixed.astype(np.float64)[:, 0] * mixed.sum()
    out = torch.from_numpy(sums <= 0)
    assert 1 < out.sum() < fitted.NUM_USERS - 1
    assert torch.equal(with_low_pass[out], without[out])
    assert ((with_low_pass[~out] - without[~out]).sum(1) - 1).abs().max() < 1e-5


def test_a_power_that_leaves_nothing_is_refused() -> None:
    options = compose(["backbone=sgfcf", "align=none", "backbone.degree_power=500"])
    with pytest.raises(UserError, match=r"backbone\.degree_power=500: input should be less than or equal to 2"):
        build(options, tiny.dataset())
    options = compose(["backbone=sgfcf", "align=none", "backbone.degree_power=2"])
    model, _ = build(options, tiny.dataset())
    model.fit()
    assert model.scores().of(torch.arange(5)).isfinite().all()
