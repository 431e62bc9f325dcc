"""The projector between collaborative and text space."""

import math

import pytest
import torch

from rlmrec.projectors import MLPProjector


@pytest.mark.parametrize(("text_dim", "output_dim", "hidden"), [(12, 8, 10), (1536, 32, 784), (5, 2, 3)])
def test_widths(text_dim: int, output_dim: int, hidden: int) -> None:
    into, onto = MLPProjector(text_dim, output_dim), MLPProjector(text_dim, output_dim, to_text=True)
    assert [tuple(layer.weight.shape) for layer in (into[0], into[2])] == [(hidden, text_dim), (output_dim, hidden)]
    assert [tuple(layer.weight.shape) for layer in (onto[0], onto[2])] == [(hidden, output_dim), (text_dim, hidden)]


def test_output_by_hand() -> None:
    projector = MLPProjector(1, 3)
    with torch.no_grad():
        for layer, weight, bias in (
            (projector[0], [[1.0], [-1.0]], [0.0, 1.0]),
            (projector[2], [[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]], [0.0, 0.0, 0.5]),
        ):
            layer.weight.copy_(torch.tensor(weight))
            layer.bias.copy_(torch.tensor(bias))
    # hidden: (2, 1 - 2), of which the second leaks one hundredth
    torch.testing.assert_close(projector(torch.tensor([[2.0]])), torch.tensor([[2.0, -0.01, 4.49]]))


def test_weights_start_xavier_uniform() -> None:
    torch.manual_seed(0)
    projector = MLPProjector(200, 100)
    for layer in (projector[0], projector[2]):
        bound = math.sqrt(6 / sum(layer.weight.shape))
        assert 0.99 * bound < layer.weight.abs().max() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)
        assert 0 < layer.bias.abs().max() <= 1 / math.sqrt(layer.in_features)
