"""Delayed rows for loggers that cannot delete rows."""

import math
from collections.abc import Mapping, Sequence

from pytorch_lightning.loggers import Logger


class HeldRows(Logger):
    """A mixin for Lightning's loggers that logs no row which a resumed run could log again.

    Once ``release`` reports the steps covered by a checkpoint, rows of later steps wait; if the run is killed, they are
    lost together with these steps. Before that, everything is logged immediately.
    """

    steps: float = math.inf
    waiting: Sequence[tuple[Mapping[str, float], int | None]] = ()

    def release(self, steps: float) -> None:
        """Log the rows of the first ``steps`` training steps, and hold back later rows until they are released."""
        self.steps = steps
        waiting, self.waiting = self.waiting, ()
        for metrics, step in waiting:
            self.log_metrics(metrics, step)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a row or hold it back; ``step`` counts from 0."""
        if (math.inf if step is None else step) < self.steps or self.steps == math.inf:
            super().log_metrics(dict(metrics), step)  # type: ignore[safe-super]
        else:
            self.waiting = [*self.waiting, (metrics, step)]
