"""What a computation must do, and how fast the machine can do it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

MATRIX_PRODUCTS = {torch.ops.aten.mm.default: (0, 1), torch.ops.aten.addmm.default: (1, 2)}
IN_PLACE = {torch.ops.aten.addmm_.default: (1, 2), torch.ops.aten.addmm.out: (1, 2), torch.ops.aten.mm.out: (0, 1)}
ADAM_TENSORS = 7
"""Parameter, gradient and both moments read; parameter and both moments written."""


@dataclass(frozen=True)
class Rates:
    """Of this machine.

    Args:
        flops: of a large single-precision matrix product, a second.
        bytes: of memory read or written, a second.
    """

    flops: float
    bytes: float

    @classmethod
    def measured(cls) -> "Rates":
        """The best of several tries."""
        a, b = torch.randn(4096, 1536), torch.randn(1536, 1024)
        source, target = torch.randn(2**25), torch.empty(2**25)
        product = best_time(lambda: a @ b)
        copy = best_time(lambda: target.copy_(source))
        return cls(2 * a.numel() * b.shape[1] / product, 2 * 4 * source.numel() / copy)


class Work(TorchDispatchMode):
    """Counts what runs below it: multiplications and additions of dense products, bytes of sparse ones.

    A sparse product reads a value, a column and a row of the dense factor for each entry. Everything elementwise is
    left out: it could be done while the numbers are at hand.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops, self.bytes = 0, 0

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        places = (MATRIX_PRODUCTS | IN_PLACE).get(function)
        if places:
            self._count(*(args[place] for place in places))
        if (
            function is torch.ops.aten.sparse_sampled_addmm.default
        ):  # a row of one factor for each entry, all of the other
            pattern, left, right = args[:3]
            self.bytes += pattern._nnz() * (8 + right.shape[0] * right.element_size()) + left.numel() * 4
        return function(*args, **(kwargs or {}))

    def _count(self, left: Tensor, right: Tensor) -> None:
        if left.layout == torch.sparse_csr:
            self.bytes += left._nnz() * (8 + right.shape[1] * right.element_size()) + right.numel() * 4
            return
        self.flops += 2 * left.shape[0] * left.shape[1] * right.shape[1]

    def seconds(self, rates: Rates, parameters: int = 0) -> float:
        """The least time this work takes, with one Adam step over so many parameters."""
        return self.flops / rates.flops + (self.bytes + 4 * ADAM_TENSORS * parameters) / rates.bytes


def best_time(task: Callable[[], Any], tries: int = 5) -> float:
    """Seconds of the fastest of several tries."""
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)
