"""Entries of the initial embeddings that training may not change."""

import torch
from torch.optim import Optimizer

from rlmrec.backbones.base import Backbone


def keep_fixed_entries(backbone: Backbone, optimizer: Optimizer) -> None:
    """Keep entries of the initial embeddings as they are, in this process, whatever the optimizer does to weights.

    Args:
        backbone: whose ``trained_entries``, ``(N, D)``, are 1 where weights may change; without them all may.
        optimizer: of its weights. Its weight decay would change weights without a gradient, too.
    """
    trained = getattr(backbone, "trained_entries", None)
    if trained is None:
        return
    table = backbone.initial_embeddings
    fixed = table.detach().clone()
    table.register_hook(lambda gradient: gradient * trained)

    def put_back(*_: object) -> None:
        with torch.no_grad():
            table.copy_(torch.where(trained > 0, table, fixed))

    optimizer.register_step_post_hook(put_back)
