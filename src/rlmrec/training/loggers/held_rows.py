"""Rows of loggers that cannot take anything back."""

import math
from collections.abc import Mapping, Sequence

from pytorch_lightning.loggers import Logger


class HeldRows(Logger):
    """A logger, to be derived from beside one of Lightning's, that logs what no resumed run will log again.

    While it is told for which steps there is a checkpoint, rows of later steps wait; if the run is killed, they are
    lost with these steps. Otherwise it logs everything at once.
    """

    steps: float = math.inf
    waiting: Sequence[tuple[Mapping[str, float], int | None]] = ()

    def release(self, steps: float) -> None:
        """Log the rows of the first ``steps`` training steps, and those that follow only when they are released."""
        self.steps = steps
        waiting, self.waiting = self.waiting, ()
        for metrics, step in waiting:
            self.log_metrics(metrics, step)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a row, or hold it back; ``step`` counts from 0."""
        if (math.inf if step is None else step) < self.steps or self.steps == math.inf:
            super().log_metrics(dict(metrics), step)  # type: ignore[safe-super]
        else:
            self.waiting = [*self.waiting, (metrics, step)]
