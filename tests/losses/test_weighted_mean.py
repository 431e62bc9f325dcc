"""The weighted mean of losses."""

import pytest
import torch

from rlmrec.losses import weighted_mean


def test_weighted_mean() -> None:
    values = torch.tensor([1.0, 4.0])
    assert weighted_mean(values, None).item() == 2.5
    assert weighted_mean(values, torch.tensor([2, 1])).item() == 2.0


def test_a_weighted_mean_keeps_full_precision_where_products_are_rounded() -> None:
    generator = torch.Generator().manual_seed(0)
    values, counts = torch.rand(4096, generator=generator) * 10, torch.randint(1, 600, (4096,), generator=generator)
    with torch.autocast("cpu", torch.bfloat16):
        found, of_rounded = weighted_mean(values, counts), weighted_mean(values.bfloat16(), counts)
    assert found.dtype == of_rounded.dtype == torch.float32
    assert found.item() == pytest.approx(float((values.double() * counts).sum() / counts.sum()), rel=1e-5)
    assert of_rounded.item() == pytest.approx(
        float((values.bfloat16().double() * counts).sum() / counts.sum()), rel=1e-5
    )
