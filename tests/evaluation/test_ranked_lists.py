"""Lists of all users, collected over batches and processes."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from rlmrec.evaluation import ranked_lists
from rlmrec.evaluation.ranked_lists import RankedLists

new = partial(RankedLists, length=2, device=torch.device("cpu"))
EVERYBODY = np.arange(5)


def filled(*users: int) -> RankedLists:
    """User ``u`` gets the items ``u`` and ``u + 10`` but user 4, who gets one item; scores are a tenth of that."""
    lists = new(5)
    for user in users:  # one batch each
        items = torch.tensor([[user, user + 10 if user != 4 else -1]])
        lists.add(torch.tensor([user]), items, torch.where(items < 0, -torch.inf, items / 10))
    return lists


def test_lists_come_back_in_any_order_and_gaps_are_minus_one() -> None:
    lists = filled(2, 0, 4)
    items, scores = lists.of(np.array([4, 0, 0, 3]))
    assert items.tolist() == [[4, -1], [0, 10], [0, 10], [-1, -1]], "user 3 has no list"
    assert scores[1].tolist() == pytest.approx([0.0, 1.0])
    assert scores[0].tolist() == [pytest.approx(0.4), -np.inf]
    assert (items.dtype, scores.dtype) == (np.int64, np.float32)
    assert lists.of(np.array([], dtype=np.int64))[0].shape == (0, 2)


def test_a_batch_holds_several_users_in_any_order_or_none() -> None:
    lists = new(5)
    lists.add(torch.tensor([3, 1]), torch.tensor([[7, 8], [5, 6]]), torch.tensor([[0.2, 0.1], [0.4, 0.3]]))
    lists.add(torch.tensor([], dtype=torch.long), torch.empty(0, 2, dtype=torch.long), torch.empty(0, 2))
    assert lists.of(np.array([1, 3]))[0].tolist() == [[5, 6], [7, 8]]
    assert lists.of(np.array([1, 3]))[1].tolist() == pytest.approx(np.array([[0.4, 0.3], [0.2, 0.1]]))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_scores_of_any_precision_are_kept_in_single(kind: torch.dtype) -> None:
    lists = new(1)
    lists.add(torch.tensor([0]), torch.tensor([[0, 1]]), torch.tensor([[0.5, 0.25]], dtype=kind))
    assert lists.of(np.array([0]))[1].tolist() == [[0.5, 0.25]]


def test_processes_bring_their_lists_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two processes ranked other users; the sum over processes stands in for their communication."""
    here, there, alone = filled(0, 3), filled(4, 2), filled(0, 2, 3, 4)
    theirs = iter([there._items, there._scores, there._ranked])

    def all_reduce(tensor: Tensor) -> None:
        tensor += next(theirs)

    monkeypatch.setattr(ranked_lists, "all_reduce", all_reduce)
    here.gather()
    for found, expected in zip(here.of(EVERYBODY), alone.of(EVERYBODY), strict=True):
        assert np.array_equal(found, expected)
    assert here.users.tolist() == [0, 2, 3, 4]
    assert next(theirs, None) is None
