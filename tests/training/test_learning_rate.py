"""Schedules that fail at a later epoch are refused before training."""

from functools import partial
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, ReduceLROnPlateau, StepLR

from rlmrec.common.errors import UserError
from rlmrec.training.learning_rate import try_schedule

SGD = partial(torch.optim.SGD, lr=0.1)


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (partial(CosineAnnealingLR, T_max=0), "scheduler: after epoch 0: it divides by zero"),
        (partial(OneCycleLR, max_lr=1.0, total_steps=4), "scheduler: after epoch 4: tried to step 5 times"),
        (partial(StepLR, step_size=0, gamma=0.5), "scheduler: after epoch 0: it divides by zero"),
        (partial(LinearLR, start_factor=2.0), "scheduler: starting multiplicative factor"),
        (partial(ReduceLROnPlateau), "scheduler.mode=min: .* set max"),
    ],
)
def test_the_epoch_and_the_reason_are_told(scheduler: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        try_schedule(SGD, scheduler, 10)


@pytest.mark.parametrize("epochs", [-1, 4])
@pytest.mark.parametrize("optimizer", [SGD, partial(torch.optim.Adam, lr=0.1), partial(torch.optim.LBFGS, lr=0.1)])
def test_schedules_that_last_are_accepted(epochs: int, optimizer: Any) -> None:
    try_schedule(optimizer, partial(OneCycleLR, max_lr=1.0, total_steps=5, cycle_momentum=False), epochs)
    try_schedule(optimizer, partial(ReduceLROnPlateau, mode="max"), epochs)
