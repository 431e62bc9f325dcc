"""Entries of the initial embeddings that training may not change."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


def keep_fixed_entries(table: Tensor, trained: Tensor, optimizer: Optimizer) -> None:
    """Keep entries of a table as they are, in this process, whatever the optimizer does to weights.

    Args:
        table: a parameter, ``(N, D)``.
        trained: 1 where it may change, 0 elsewhere, ``(N, D)``.
        optimizer: of the table. Its weight decay would change entries without a gradient, too.
    """
    fixed = table.detach().clone()
    table.register_hook(lambda gradient: gradient * trained)

    def put_back(*_: Any) -> None:
        with torch.no_grad():
            table.copy_(torch.where(trained > 0, table, fixed))

    optimizer.register_step_post_hook(put_back)
