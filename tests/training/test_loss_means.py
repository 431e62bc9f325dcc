"""Means of loss terms over an epoch."""

import numpy as np
import pytest
import torch

from rlmrec.training.loss_means import LossMeans


def test_means_are_weighted_by_pairs_and_equal_sums_in_single_precision_digit_for_digit() -> None:
    values = torch.rand(50, 2, generator=torch.Generator().manual_seed(0)) + 0.1
    means, expected = LossMeans(), np.zeros(2, np.float32)
    for number, row in enumerate(values):
        pairs = 4096 if number < 49 else 1234
        means.add(["bpr", "loss"], row, pairs)
        expected += row.numpy() * np.float32(pairs)
    expected /= np.float32(49 * 4096 + 1234)
    found = means.take()
    assert [*found] == ["bpr", "loss"]
    assert [value.item() for value in found.values()] == expected.tolist()


def test_a_term_of_some_steps_is_averaged_over_these() -> None:
    means = LossMeans()
    means.add(["infomax", "loss"], torch.tensor([2.0, 1.0]), 100)
    means.add(["loss"], torch.tensor([4.0]), 50)
    assert {name: value.item() for name, value in means.take().items()} == {"infomax": 2.0, "loss": 2.0}


def test_every_epoch_begins_again() -> None:
    means = LossMeans()
    means.add(["loss"], torch.tensor([3.0]), 10)
    assert means.take()["loss"].item() == 3.0
    assert means.take() == {}
    means.add(["loss"], torch.tensor([1.0]), 10)
    assert means.take()["loss"].item() == 1.0


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
)
def test_sums_are_in_single_precision_at_least(dtype: torch.dtype, kept: torch.dtype) -> None:
    means, value = LossMeans(), torch.tensor([1.0], dtype=dtype, requires_grad=True)
    means.add(["loss"], value, 3)
    mean = means.take()["loss"]
    assert mean.dtype == kept and not mean.requires_grad
