"""The optimizer and the schedule of its learning rate: made, and tried out before training."""

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
"""The most epochs for which a schedule is tried."""


class CosineDescent(CosineAnnealingLR):
    """Half a cosine from the learning rate down to ``eta_min``, where it stays; torch's own would rise again.

    Args:
        optimizer: whose learning rate follows it.
        T_max: epochs of the descent.
        eta_min: the lowest learning rate.
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
    """Return what ``make`` makes of the argument.

    Raises:
        UserError: names the option, if it refuses its settings.
    """
    with _told(option):
        return make(argument)


def made_optimizer(make: Callable[[Any], Optimizer], model: L.LightningModule, backbone: Backbone) -> Optimizer:
    """Return the optimizer of a model, which leaves entries alone that are fixed and lets gradients be clipped.

    Args:
        make: called with the parameters.
        model: that is trained.
        backbone: of the model, with the initial embeddings.

    Raises:
        UserError: if the optimizer refuses its settings.
    """
    optimizer: Optimizer = made("optimizer", make, model.parameters())
    if (trained := getattr(backbone, "trained_entries", None)) is not None:
        keep_fixed_entries(backbone.initial_embeddings, trained, optimizer)
    if model._trainer is not None and getattr(model._trainer.precision_plugin, "scaler", None) is None:
        # Lightning clips no gradients that a fused optimizer may scale back; without a scaler there are none.
        optimizer._step_supports_amp_scaling = False  # type: ignore[attr-defined]
    return optimizer


def made_scheduler(make: Callable[[Optimizer], LRScheduler], optimizer: Optimizer) -> LRScheduler:
    """Return the schedule of the learning rate of an optimizer.

    Args:
        make: called with the optimizer.
        optimizer: whose learning rate it is.

    Raises:
        UserError: if the scheduler refuses its settings, or takes a rise of the monitored metric for a plateau.
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
    """Go through all epochs with one parameter, since many schedules fail at a later step only.

    Args:
        make_optimizer: called with parameters.
        make_scheduler: called with the optimizer.
        max_epochs: that training may take; -1 if there is no limit.

    Raises:
        UserError: names the epoch at which the schedule fails, and why.
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
