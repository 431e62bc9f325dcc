"""Construction of the optimizer and its learning rate schedule, with a trial before training."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as L
import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, ReduceLROnPlateau

from rlmrec.backbones.base import Backbone
from rlmrec.common.errors import UserError
from rlmrec.initialisers.fixed_entries import keep_fixed_entries

MOST_TRIED = 10_000
"""Largest number of epochs for which a schedule is tried."""


class CosineDescent(CosineAnnealingLR):
    """Half a cosine from the learning rate down to ``eta_min``, where it stays; torch's own schedule would rise again.

    Args:
        optimizer: optimizer whose learning rate is scheduled.
        T_max: number of epochs of the descent.
        eta_min: lowest learning rate.
        last_epoch: number of the last epoch, -1 before the first one.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: PositiveInt, eta_min: NonNegativeFloat = 0.0, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, T_max, eta_min, last_epoch)

    def get_lr(self) -> list[Any]:
        if self.last_epoch > self.T_max:
            return [group["lr"] for group in self.optimizer.param_groups]
        return super().get_lr()


def made(option: str, make: Callable[[Any], Any], argument: Any) -> Any:
    """Return ``make(argument)``, with a message for the user if it fails.

    Raises:
        UserError: if ``make`` rejects its settings; the message names the option.
    """
    with _told(option):
        return make(argument)


def made_optimizer(make: Callable[[Any], Optimizer], model: L.LightningModule, backbone: Backbone) -> Optimizer:
    """Return the optimizer of a model, which leaves fixed entries unchanged and permits gradient clipping.

    Args:
        make: factory, called with the parameters.
        model: model to train.
        backbone: backbone of the model, with the initial embeddings.

    Raises:
        UserError: if the optimizer refuses its settings.
    """
    optimizer: Optimizer = made("optimizer", make, model.parameters())
    if (trained := getattr(backbone, "trained_entries", None)) is not None:
        keep_fixed_entries(backbone.initial_embeddings, trained, optimizer)
    if model._trainer is not None and getattr(model._trainer.precision_plugin, "scaler", None) is None:
        # Lightning refuses to clip if an optimizer may unscale gradients, which are never scaled without a scaler.
        optimizer._step_supports_amp_scaling = False  # type: ignore[attr-defined]
    return optimizer


def made_scheduler(make: Callable[[Optimizer], LRScheduler], optimizer: Optimizer) -> LRScheduler:
    """Return the learning rate schedule of an optimizer.

    Args:
        make: factory, called with the optimizer.
        optimizer: optimizer whose learning rate is scheduled.

    Raises:
        UserError: if the scheduler rejects its settings, or treats a rise of the monitored metric as a plateau.
    """
    scheduler: LRScheduler = made("scheduler", make, optimizer)
    if isinstance(scheduler, ReduceLROnPlateau) and scheduler.mode != "max":
        raise UserError(f"scheduler.mode={scheduler.mode}: of evaluation.monitor greater is better; set max")
    return scheduler


def try_schedule(
    make_optimizer: Callable[[Any], Optimizer],
    make_scheduler: Callable[[Optimizer], LRScheduler],
    max_epochs: int,
) -> None:
    """Step through all epochs with one parameter, since many schedules fail only at a later step.

    Args:
        make_optimizer: factory, called with parameters.
        make_scheduler: factory, called with the optimizer.
        max_epochs: largest number of epochs; -1 for no limit.

    Raises:
        UserError: if the schedule fails; the message gives epoch and reason.
    """
    optimizer = made("optimizer", make_optimizer, [torch.nn.Parameter(torch.zeros(1))])
    scheduler = made_scheduler(make_scheduler, optimizer)
    measured = (0.0,) if isinstance(scheduler, ReduceLROnPlateau) else ()
    for epoch in range(min(max_epochs, MOST_TRIED)):
        optimizer.step(lambda: torch.zeros(()))
        with _told(f"scheduler: after epoch {epoch}"):
            scheduler.step(*measured)


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except ZeroDivisionError:
        raise UserError(f"{where}: it divides by zero with these settings") from None
    except (TypeError, ValueError, ArithmeticError) as error:
        raise UserError(f"{where}: {str(error)[:1].lower()}{str(error)[1:]}") from None
