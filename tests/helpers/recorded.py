"""Recorded values and gradients of the published loss functions."""

from collections.abc import Callable

import torch
from torch import Tensor

import parity

TEMPERATURE = 0.01
"""So low that unshifted exponentials overflow in float32."""


def check(case: str, loss: Callable[..., Tensor], *inputs: str) -> None:
    """Compare a loss and its gradients with those recorded; a recorded temperature is passed last."""
    recorded = {
        key.removeprefix(f"{case}/"): value for key, value in parity.load("losses").items() if key.startswith(case)
    }
    tensors = [recorded[name].requires_grad_() for name in inputs]
    scalars = [recorded["temperature"].item()] if "temperature" in recorded else []
    value = loss(*tensors, *scalars)
    assert parity.difference(value, recorded["loss"]) <= parity.TOLERANCE
    for name, grad in zip(inputs, torch.autograd.grad(value, tensors), strict=True):
        assert parity.difference(grad, recorded[f"grad_{name}"]) <= parity.TOLERANCE, name


def random_rows(*shapes: tuple[int, int], seed: int = 0) -> list[Tensor]:
    """Normal vectors in float64 that ask for gradients."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_() for shape in shapes]
