"""A clean end on Ctrl-C, SIGTERM and SIGHUP."""

import signal
from types import FrameType
from typing import Any

import pytorch_lightning as pl

from rlmrec.common.errors import Interrupted
from rlmrec.common.processes.signals import stopping


class StopOnSignal(pl.Callback):
    """Stop after the current step on the first signal that asks for an end, at once on the second.

    Args:
        message: message for the user: how to continue.
    """

    def __init__(self, message: str) -> None:
        self.message = message
        self.received = False
        self.previous: dict[int, Any] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for number in stopping():
            self.previous[number] = signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            raise Interrupted(self.message)
        self.received = True

    def on_train_batch_end(self, *_: Any) -> None:
        if self.received:
            raise Interrupted(self.message)

    def on_validation_batch_end(self, *_: Any) -> None:
        self.on_train_batch_end()

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._restore()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._restore()

    def _restore(self) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous.clear()
