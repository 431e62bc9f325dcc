"""Messages on checkpoints that cannot be restored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import Callback

from rlmrec.common.errors import UserError, one_line

MISFITS = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)
"""Errors of code that takes over a state which another version wrote, or another program."""


class Restored(Callback):
    """Remember whether everything that a checkpoint holds has been taken over, and used for an epoch."""

    def __init__(self) -> None:
        self.done = False

    def on_train_epoch_end(self, *_: Any) -> None:
        self.done = True

    def on_test_start(self, *_: Any) -> None:
        self.done = True

    @contextmanager
    def from_file(self, path: Path | None) -> Iterator[None]:
        """Say which file is to blame where a checkpoint cannot be taken over.

        Raises:
            UserError: if its parts do not fit.
        """
        self.done = False
        try:
            yield
        except MISFITS as error:
            if path is None or self.done:
                raise
            raise UserError(f"{path} does not fit the run: {one_line(error)[:200]}") from error
