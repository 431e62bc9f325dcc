"""Work on rows, divided among the processes that train together."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributed import all_reduce, get_rank, get_world_size, is_available, is_initialized


def divided(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """``function(rows)``, of which every process computes its share of rows; all of them get the whole.

    Every process must hold the same rows and call this equally often. Nothing is sent in the backward pass: gradients
    reach each process's own share only, multiplied by the number of processes, and the average over processes that
    distributed training (DDP) takes of all gradients is then exactly that of a single process.

    Args:
        function: maps every row by itself, ``(n, ...)`` to ``(n, ...)``.
        rows: ``(n, ...)``.

    Returns:
        ``(n, ...)``.
    """
    if not (is_available() and is_initialized()) or get_world_size() == 1:
        return function(rows)
    start, stop = (len(rows) * (get_rank() + end) // get_world_size() for end in (0, 1))
    return _PutTogether.apply(function(rows[start:stop]), start, len(rows))


class _PutTogether(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, share: Tensor, start: int, total: int) -> Tensor:
        ctx.own = slice(start, start + len(share))
        whole = share.new_zeros(total, *share.shape[1:])
        whole[ctx.own] = share
        all_reduce(whole)  # every row is zero in all processes but one: the sum is exact
        return whole

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0][ctx.own] * get_world_size(), None, None
