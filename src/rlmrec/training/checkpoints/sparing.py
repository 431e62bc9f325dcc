"""Checkpoints that are kept in memory, and written now and then."""

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
    """Write the best and the last state of a run together, at most once in so many seconds; keep copies in between.

    A run that is killed resumes from its last file. States count once the epoch's metrics are on record
    (``confirm``), so that no epoch is missing there. The best state is written before the last one of the same epoch,
    and loggers that hold rows back (``HeldRows``) get those of the steps before it, so that what is trained again is
    on record once.

    Args:
        best: file of the best state.
        last: file of the state at the end of an epoch.
        seconds: between two times of writing at least; 0 for every epoch.
    """

    def __init__(self, best: Path, last: Path, seconds: float) -> None:
        self.best, self.last, self.seconds = best, last, seconds
        self.due = -math.inf
        self.taken: dict[Path, dict[str, Any]] = {}
        self.kept: dict[Path, dict[str, Any]] = {}
        self.holding: list[HeldRows] = []

    def begin(self, loggers: Iterable[Logger], steps: int) -> None:
        """Let loggers hold back the rows of later steps than those that the run resumes from."""
        self.holding = [logger for logger in loggers if isinstance(logger, HeldRows)]
        self._release(steps)

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Keep the best and the last state of the run in memory; write any other at once."""
        path = Path(path)
        if path in (self.best, self.last):
            self.taken[path] = copy.deepcopy(checkpoint)
        else:
            super().save_checkpoint(checkpoint, path)

    def confirm(self) -> None:
        """Take note that the metrics of the epoch are on record, and write its states if it is time."""
        self.kept |= self.taken
        self.taken.clear()
        if self.last in self.kept and time.monotonic() >= self.due:
            self._write()

    def finish(self, whole: bool) -> None:
        """Write what is in memory only.

        Args:
            whole: whether training came to its end, so that no row is held back any longer.
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
