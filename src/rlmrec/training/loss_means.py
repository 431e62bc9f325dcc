"""Means of loss terms over an epoch, without synchronising with the device before its end."""

from collections.abc import Sequence

import torch
from torch import Tensor


class LossMeans:
    """Sums of loss terms, kept on the device, and the number of training pairs over which each was averaged.

    A term that only some steps have is averaged over the pairs of these steps. Sums keep their memory, so that a CUDA
    graph can add to them.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.pairs: dict[str, Tensor] = {}

    def add(self, names: Sequence[str], values: Tensor, pairs: int | Tensor) -> None:
        """Add the terms of a step.

        Args:
            names: names of the terms.
            values: means over the pairs of the step, ``(len(names),)``.
            pairs: number of pairs of the step, an int or a scalar tensor.
        """
        values = values.detach()
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        for name in names:
            if name not in self.sums:
                self.sums[name], self.pairs[name] = values.new_zeros(()), values.new_zeros((), dtype=torch.float64)
        torch._foreach_add_([self.sums[name] for name in names], list((values * pairs).unbind()))
        added = pairs if isinstance(pairs, int) else [pairs.double()] * len(names)  # a single tensor would synchronise
        torch._foreach_add_([self.pairs[name] for name in names], added)

    def take(self) -> dict[str, Tensor]:
        """Return the means by name, moved to the CPU in one transfer, and reset them; empty if nothing was added."""
        if not self.sums:
            return {}
        found = torch.stack([*self.sums.values(), *self.pairs.values()]).cpu()  # in double precision
        sums, pairs = found.to(next(iter(self.sums.values())).dtype).chunk(2)
        torch._foreach_zero_([*self.sums.values(), *self.pairs.values()])
        return {name: mean for name, mean, n in zip(self.sums, sums / pairs, pairs, strict=True) if n}
