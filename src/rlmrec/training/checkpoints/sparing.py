"""Checkpoints that are kept in memory and written at intervals."""

import copy
import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger

from rlmrec.training.checkpoints.files import AtomicCheckpointIO
from rlmrec.training.loggers.held_rows import HeldRows


class SparingCheckpointIO(AtomicCheckpointIO):
    """Write the best and the last state of a run together, at least ``seconds`` apart; keep copies in memory otherwise.

    A killed run resumes from its last file. States are written only after the epoch's metrics are logged (``confirm``),
    so that no epoch is missing from the logs. The best state is written before the last state of the same epoch, and
    loggers that hold rows back (``HeldRows``) then log those of the steps before it, so that repeated steps are logged
    once.

    Args:
        best: path of the best state.
        last: path of the state at the end of an epoch.
        seconds: least number of seconds between two writes; 0 for every epoch.
    """

    def __init__(self, best: Path, last: Path, seconds: float) -> None:
        self.best, self.last, self.seconds = best, last, seconds
        self.due = -math.inf
        self.taken: dict[Path, dict[str, Any]] = {}
        self.kept: dict[Path, dict[str, Any]] = {}
        self.holding: list[HeldRows] = []

    def begin(self, loggers: Iterable[Logger], steps: int) -> None:
        """Make loggers hold back the rows of steps later than those that the run resumes from."""
        self.holding = [logger for logger in loggers if isinstance(logger, HeldRows)]
        self._release(steps)

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Keep the best and the last state of the run in memory; write any other checkpoint immediately."""
        path = Path(path)
        if path in (self.best, self.last):
            self.taken[path] = copy.deepcopy(checkpoint)
        else:
            super().save_checkpoint(checkpoint, path)

    def confirm(self) -> None:
        """Mark the metrics of the epoch as logged, and write its states if due."""
        self.kept |= self.taken
        self.taken.clear()
        if self.last in self.kept and time.monotonic() >= self.due:
            self._write()

    def finish(self, whole: bool) -> None:
        """Write the states that are only in memory.

        Args:
            whole: whether training is complete, so that all rows are released.
        """
        if whole:
            self.confirm()
        self._write()
        if whole:
            self._release(math.inf)

    def _write(self) -> None:
        for path in (self.best, self.last):
            if path in self.kept:
                checkpoint = self.kept.pop(path)
                super().save_checkpoint(checkpoint, path)
                if path == self.last:
                    self.due = time.monotonic() + self.seconds
                    self._release(checkpoint["global_step"])

    def _release(self, steps: float) -> None:
        for logger in self.holding:
            logger.release(steps)
