"""Entries of the initial embeddings that training may not change."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


def keep_fixed_entries(table: Tensor, trained: Tensor, optimizer: Optimizer) -> None:
    """Keep some entries of a table fixed in this process, also under weight decay and momentum.

    Args:
        table: parameter with fixed entries, ``(N, D)``.
        trained: 1 for entries that may change and 0 for fixed ones, ``(N, D)``.
        optimizer: optimizer of the table, whose weight decay would also change entries without a gradient.
    """
    fixed = table.detach().clone()
    table.register_hook(lambda gradient: gradient * trained)

    def put_back(*_: Any) -> None:
        with torch.no_grad():
            table.copy_(torch.where(trained > 0, table, fixed))

    optimizer.register_step_post_hook(put_back)
