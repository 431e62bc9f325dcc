"""BPR by hand, at its limits, and as recorded."""

import math

import pytest
import torch

import recorded
from rlmrec.losses import bpr


def test_value_by_hand() -> None:
    users = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    positives = torch.tensor([[math.log(3), 9.0], [0.5, 0.5]])
    negatives = torch.tensor([[0.0, -9.0], [1.5, 0.0]])
    # margins log 3 and 0: log(1 + 1/3) and log 2
    assert bpr(users, positives, negatives).item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


@pytest.mark.parametrize(("margin", "loss", "slope"), [(1e4, 0.0, 0.0), (-1e4, 1e4, -1.0)])
def test_extreme_margins(margin: float, loss: float, slope: float) -> None:
    user, positive = torch.ones(1, 1), torch.tensor([[margin]], requires_grad=True)
    value = bpr(user, positive, torch.zeros(1, 1))
    value.backward()
    assert (value.item(), positive.grad.item()) == (loss, slope)


def test_gradients() -> None:
    assert torch.autograd.gradcheck(bpr, recorded.random_rows((4, 3), (4, 3), (4, 3)))


@pytest.mark.parametrize("case", ["bpr_regular", "bpr_saturated"])
def test_recorded(case: str) -> None:
    recorded.check(case, bpr, "anchor", "positive", "negative")
