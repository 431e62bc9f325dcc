"""Orderly termination on Ctrl-C, SIGTERM and SIGHUP."""

from contextlib import ExitStack
from types import FrameType
from typing import Any

import pytorch_lightning as L
from pytorch_lightning.strategies.launchers import _MultiProcessingLauncher

from rlmrec.common.errors import Interrupted
from rlmrec.common.processes.signals import handled_by

INTERRUPTED = 130
"""Exit code of a process terminated by a signal."""


class StopOnSignal(L.Callback):
    """Stop after the current step on the first termination signal, and immediately on the second.

    Args:
        message: message that tells the user how to continue.
    """

    def __init__(self, message: str) -> None:
        self.received = False
        self.end: BaseException = Interrupted(message)
        self.handling = ExitStack()

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if isinstance(trainer.strategy.launcher, _MultiProcessingLauncher):
            self.end = SystemExit(INTERRUPTED)  # no message: the parent process prints it
        self.handling.enter_context(handled_by(self._receive))

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            raise self.end
        self.received = True

    def on_train_batch_end(self, *_: Any) -> None:
        if self.received:
            raise self.end

    def on_validation_batch_end(self, *_: Any) -> None:
        self.on_train_batch_end()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.handling.close()

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        self.handling.close()
