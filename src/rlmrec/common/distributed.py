"""Division of rows among the processes of distributed training, and sums over these processes."""

from typing import Any

import torch
from torch import Tensor
from torch.distributed import all_reduce, get_rank, get_world_size, is_available, is_initialized


def local_rows(total: int) -> slice:
    """Return the rows out of ``total`` that this process computes: all of them in a single process."""
    start, stop = (total * (_rank() + end) // _world_size() for end in (0, 1))
    return slice(start, stop)


def all_reduce_sum(part: Tensor) -> Tensor:
    """Return the sum of the parts of all processes, in every process.

    Every process must hold the same rows and call this the same number of times. The backward pass does not
    communicate: each process's own part receives its gradient multiplied by the number of processes, so that the
    average that DDP takes of all gradients equals the gradient of a single process exactly.
    """
    return part if _world_size() == 1 else _Sum.apply(part)


def _world_size() -> int:
    return get_world_size() if is_available() and is_initialized() else 1


def _rank() -> int:
    return get_rank() if is_available() and is_initialized() else 0


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        total = part.clone()
        all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return grads[0] * get_world_size()
