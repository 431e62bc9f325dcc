"""Error messages on checkpoints that do not fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import Callback

from rlmrec.common.errors import UserError, one_line

MISFITS = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)
"""Errors raised when code restores a state that another version or another program wrote."""


class Restored(Callback):
    """Record whether everything in a checkpoint has been restored and used for an epoch, or for a test."""

    def __init__(self) -> None:
        self.done = False

    def on_train_epoch_end(self, *_: Any) -> None:
        self.done = True

    def on_test_start(self, *_: Any) -> None:
        self.done = True

    @contextmanager
    def from_file(self, path: Path | None) -> Iterator[None]:
        """Name the file in the error message if a checkpoint cannot be restored.

        Raises:
            UserError: if parts of the checkpoint do not fit.
        """
        self.done = False
        try:
            yield
        except MISFITS as error:
            if path is None or self.done:
                raise
            raise UserError(f"{path} does not fit the run: {one_line(error)[:200]}") from error
