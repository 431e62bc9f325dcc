"""The weighted mean."""

import torch
from torch import Tensor


def weighted_mean(values: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean of values ``(n,)`` weighted by ``weights`` ``(n,)`` in full precision; None: equal weights."""
    if weights is None:
        return values.mean()
    with torch.autocast(values.device.type, enabled=False):  # half precision would round weights above 256, and sums
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        return values @ weights.to(values.dtype) / weights.sum()
