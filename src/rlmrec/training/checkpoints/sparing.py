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

    A run that is killed goes on from its last file. The best state is written before the last one of the same epoch,
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
        self.kept: dict[Path, dict[str, Any]] = {}
        self.holding: list[HeldRows] = []

    def begin(self, loggers: Iterable[Logger], steps: int) -> None:
        """Let loggers hold back the rows of later steps than those that the run goes on from."""
        self.holding = [logger for logger in loggers if isinstance(logger, HeldRows)]
        self._release(steps)

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write or keep a state of the run; write any other at once."""
        path = Path(path)
        if path in (self.best, self.last) and time.monotonic() < self.due:
            self.kept[path] = copy.deepcopy(checkpoint)
            return
        if path == self.last:
            self._write_kept(self.best)
        super().save_checkpoint(checkpoint, path)
        self.kept.pop(path, None)
        if path == self.last:
            self.due = time.monotonic() + self.seconds
            self._release(checkpoint["global_step"])

    def finish(self, whole: bool) -> None:
        """Write what is in memory only.

        Args:
            whole: whether training came to its end, so that no row is held back any longer.
        """
        self._write_kept(self.best)
        self._write_kept(self.last)
        if whole:
            self._release(math.inf)

    def _write_kept(self, path: Path) -> None:
        if path in self.kept:
            self.due = -math.inf
            self.save_checkpoint(self.kept[path], path)

    def _release(self, steps: float) -> None:
        for logger in self.holding:
            logger.release(steps)
