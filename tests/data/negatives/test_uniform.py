"""Negative sampling: never a training item, and every other item equally often."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import Tensor

import tiny
from rlmrec.common.errors import UserError
from rlmrec.common.seeding import generator
from rlmrec.data.negatives import PopularityNegatives, UniformNegatives, base
from rlmrec.graph import Interactions


def interactions(dense: list[list[int]] | np.ndarray) -> Interactions:
    """Of a 0/1 table with a row for each user; in an order that is not the table's."""
    users, items = torch.tensor(np.array(dense)).nonzero().flip(0).T
    return Interactions(users, items, *np.shape(dense))


def draw(dense: list[list[int]] | np.ndarray, users: Tensor, seed: int = 0) -> Tensor:
    return UniformNegatives(interactions(dense)).sample(users, generator(seed, "test", 0))


@settings(deadline=None)
@given(st.data(), st.integers(1, 6), st.integers(1, 6), st.integers(0, 100))
def test_never_a_training_item(data: st.DataObject, num_users: int, num_items: int, seed: int) -> None:
    row = st.lists(st.integers(0, 1), min_size=num_items, max_size=num_items).filter(lambda row: not all(row))
    dense = data.draw(st.lists(row, min_size=num_users, max_size=num_users).filter(lambda rows: np.any(rows)))
    users = torch.arange(num_users).repeat(7)
    negatives = draw(dense, users, seed)
    assert negatives.dtype == torch.int64
    assert negatives.shape == users.shape
    assert all(dense[user][item] == 0 for user, item in zip(users.tolist(), negatives.tolist(), strict=True))


@pytest.mark.parametrize("known", [[], [0], [5], [2, 3, 4], [0, 1, 2, 3, 5, 6, 7, 8], [1, 3, 5, 7, 9]])
def test_every_other_item_equally_often(known: list[int]) -> None:
    dense = np.zeros((3, 10), int)
    dense[1, known] = 1
    dense[[0, 2], [4, 9]] = 1
    negatives = draw(dense, torch.ones(20_000, dtype=torch.int64), seed=len(known))
    counts = torch.bincount(negatives, minlength=10).numpy()
    allowed = np.delete(np.arange(10), known)
    assert counts.sum() == counts[allowed].sum() == 20_000
    assert chisquare(counts[allowed]).pvalue > 0.001


def test_draws_do_not_depend_on_each_other() -> None:
    """Pairs of draws in a row are as frequent as chance makes them."""
    dense = [[1, 0, 0, 0], [0, 1, 0, 0]]
    negatives = draw(dense, torch.arange(2).repeat(9_000))
    counts = torch.bincount(negatives[::2] * 4 + negatives[1::2], minlength=16).reshape(4, 4)[1:, [0, 2, 3]]
    assert counts.sum() == 9_000
    assert chisquare(counts.flatten().numpy()).pvalue > 0.001


def test_the_only_other_item_is_found() -> None:
    dense = 1 - np.eye(50, dtype=int)
    assert torch.equal(draw(dense, torch.arange(50)), torch.arange(50))


def test_same_generator_same_draws_and_other_generator_others() -> None:
    dense = tiny.dataset().train.toarray()
    users = torch.arange(tiny.NUM_USERS)
    assert torch.equal(draw(dense, users, seed=3), draw(dense, users, seed=3))
    assert not torch.equal(draw(dense, users, seed=3), draw(dense, users, seed=4))


def test_repeated_interactions_count_once() -> None:
    repeated = Interactions(torch.tensor([0, 0, 0, 1]), torch.tensor([1, 1, 1, 0]), 2, 3)
    negatives = UniformNegatives(repeated).sample(torch.zeros(100, dtype=torch.int64), generator(0, "test", 0))
    assert set(negatives.tolist()) == {0, 2}


def test_a_user_of_every_item_has_no_negative() -> None:
    with pytest.raises(UserError, match=r"user 1 interacted with all 3 items, .*: leave such users out"):
        UniformNegatives(interactions([[1, 1, 0], [1, 1, 1], [1, 1, 1], [0, 0, 1]]))


def test_no_user_gives_no_item() -> None:
    assert len(draw([[1, 0]], torch.empty(0, dtype=torch.int64))) == 0


def test_who_knows_nearly_everything_gets_the_rest_in_a_bounded_number_of_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """User 1 knows all popular items: of the others, one in ten thousand draws is one."""
    monkeypatch.setattr(base, "ROUNDS", 3)
    known = Interactions(
        torch.cat([torch.zeros(3), torch.ones(90)]).long(), torch.cat([torch.arange(3), torch.arange(90)]), 2, 93
    )
    counted = PopularityNegatives(known, 1.0)
    counted.weights[:90] = 1e6
    counted.ends = counted.weights.cumsum(0)
    counted.weights[90:] = torch.tensor([1.0, 2.0, 1.0])
    users = torch.tensor([1, 0]).repeat(4000)
    found = counted.sample(users, generator(0, "test", 0))
    assert not counted._is_known(users, found).any()
    shares = found[users == 1].bincount(minlength=93)[90:] / 4000
    assert shares.tolist() == pytest.approx([0.25, 0.5, 0.25], abs=0.03)
