"""The ranking of all items, against sorting."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rankings import ranked_and_scored, top_items
from rlmrec.evaluation import ranking

NOTHING = torch.empty(2, 0, dtype=torch.long)


def test_by_hand() -> None:
    users, items = torch.tensor([[1.0, 0.0], [0.0, -1.0]]), torch.tensor([[2.0, 3.0], [1.0, 1.0], [3.0, 2.0]])
    assert top_items(users, items, NOTHING, 2).tolist() == [[2, 0], [1, 2]]
    assert top_items(users, items, torch.tensor([[0, 0, 1], [2, 1, 1]]), 2).tolist() == [[0, -1], [2, 0]]


def test_a_ranking_longer_than_the_catalogue_is_padded() -> None:
    ranked = top_items(torch.eye(2), torch.eye(2), torch.tensor([[0, 1, 1], [0, 0, 1]]), 4)
    assert ranked.tolist() == [[1, -1, -1, -1], [-1] * 4]


def test_excluded_items_are_never_ranked() -> None:
    users, items = torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0], [2.0], [3.0]])
    excluded = torch.tensor([False, True, False])
    ranked = top_items(users, items, torch.tensor([[0], [2]]), 3, excluded)
    assert ranked.tolist() == [[0, -1, -1], [0, 2, -1]]


def test_inputs_are_left_alone() -> None:
    users, items = torch.ones(2, 1), torch.ones(3, 1)
    top_items(users, items, torch.tensor([[0], [1]]), 2)
    assert users.tolist() == [[1], [1]] and items.tolist() == [[1], [1], [1]]


@pytest.mark.parametrize("k", [1, 3, 9])
@settings(deadline=None)
@given(data=st.data())
def test_any_ranking(k: int, data: st.DataObject) -> None:
    """Few distinct scores, so that there are ties: which of them is taken is left open."""
    num_users, num_items = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6))
    grid = st.lists(st.integers(-2, 2), min_size=num_items, max_size=num_items)
    rows = data.draw(st.lists(grid, min_size=num_users, max_size=num_users))
    pairs = st.tuples(st.integers(0, num_users - 1), st.integers(0, num_items - 1))
    seen = data.draw(st.lists(pairs, max_size=12))
    leave_out = torch.tensor(sorted(seen), dtype=torch.long).reshape(-1, 2).T
    ranked_items = top_items(torch.tensor(rows, dtype=torch.float), torch.eye(num_items), leave_out, k)
    assert ranked_items.shape == (num_users, k)
    for user, (scores, ranked) in enumerate(zip(rows, ranked_items.tolist(), strict=True)):
        candidates = [item for item in range(num_items) if (user, item) not in seen]
        found = [item for item in ranked if item >= 0]
        assert ranked[len(found) :] == [-1] * (k - len(found)), "gaps come last"
        assert len(set(found)) == len(found) and set(found) <= set(candidates)
        assert [scores[item] for item in found] == sorted((scores[item] for item in candidates), reverse=True)[:k]


@pytest.mark.parametrize("num_items", [4, 17])
@pytest.mark.parametrize("scores_at_once", [1, 17 * 33, 10**6])
def test_parts_change_nothing(num_items: int, scores_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ranking.SCORES_AT_ONCE, "cpu", scores_at_once)
    random = torch.Generator().manual_seed(num_items)
    users, items = (torch.rand((n, 3), generator=random) for n in (70, num_items))
    hidden = torch.rand((70, num_items), generator=random) < 0.3
    hidden[5] = True
    hidden[6, 2:] = True
    scores = (users @ items.T).masked_fill(hidden, -torch.inf)
    expected = scores.sort(descending=True, stable=True).indices[:, :3]
    expected = expected.masked_fill(scores.gather(1, expected) == -torch.inf, -1)
    assert torch.equal(top_items(users, items, hidden.nonzero().T, 3), expected)


def test_scores_come_in_the_order_of_the_ranking() -> None:
    users, items = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 3.0], [1.0, 1.0], [3.0, 2.0]])
    ranked, scores = ranked_and_scored(users, items, torch.tensor([[0], [0]]), 4)
    assert ranked.tolist() == [[2, 1, -1, -1]]
    assert scores.tolist() == [[3, 1, -torch.inf, -torch.inf]]
