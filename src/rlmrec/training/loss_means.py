"""Means of loss terms over an epoch, without a word from the device before its end."""

from collections.abc import Sequence

import torch
from torch import Tensor


class LossMeans:
    """Sums of loss terms on the device where they arise, and the number of training pairs that each was averaged over.

    A term that only some steps have is averaged over the pairs of these steps.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.pairs: dict[str, int] = {}

    def add(self, names: Sequence[str], values: Tensor, pairs: int) -> None:
        """Add the terms of a step.

        Args:
            names: of the terms.
            values: means over the pairs of the step, ``(len(names),)``.
            pairs: of the step.
        """
        values = values.detach()
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        for name in names:
            self.sums.setdefault(name, values.new_zeros(()))
            self.pairs[name] = self.pairs.get(name, 0) + pairs
        torch._foreach_add_([self.sums[name] for name in names], list((values * pairs).unbind()))

    def take(self) -> dict[str, Tensor]:
        """Return the means by name, on the CPU and in one transfer, and begin again; nothing if nothing was added."""
        names = list(self.sums)
        if not names:
            return {}
        means = torch.stack([self.sums[name] for name in names]).cpu() / torch.tensor([self.pairs[n] for n in names])
        self.sums, self.pairs = {}, {}
        return dict(zip(names, means.unbind(), strict=True))
