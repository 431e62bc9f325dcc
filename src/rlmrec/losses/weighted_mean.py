"""The mean of values that count more or less."""

import torch
from torch import Tensor


def weighted_mean(values: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean of values ``(n,)`` by weights ``(n,)``, all equal if left out, in full precision; a scalar."""
    if weights is None:
        return values.mean()
    with torch.autocast(values.device.type, enabled=False):  # it would round weights above 256, and sums of products
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        return values @ weights.to(values.dtype) / weights.sum()
