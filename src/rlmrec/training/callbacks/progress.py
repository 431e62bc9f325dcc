"""Terminal output during training."""

import logging
import time
from typing import Any

import pytorch_lightning as L
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from rlmrec.common.monitor import MONITOR

RUN_LOG = logging.getLogger("run")


class Progress(L.Callback):
    """Show a bar over the steps of an epoch and a line per validation; if output is not a terminal, lines only.

    Args:
        monitor: metric to show.
    """

    def __init__(self, monitor: str = MONITOR) -> None:
        self.monitor = monitor
        self.best, self.best_epoch = float("-inf"), 0
        self.epoch_start = 0.0
        self.bar: Bar | None = None

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best, self.best_epoch = float(state_dict["best"]), int(state_dict["best_epoch"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Bar(*columns, transient=True, refresh_per_second=4)
        self.task = self.bar.add_task("training")
        self.bar.start()

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.epoch_start = time.perf_counter()
        if self.bar:
            total = int(trainer.num_training_batches)
            self.bar.reset(self.task, total=total, description=f"epoch {trainer.current_epoch}")

    def on_train_batch_end(self, *_: Any) -> None:
        if self.bar:
            self.bar.advance(self.task)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self.bar is None or trainer.check_val_every_n_epoch != 1:
            return
        metrics, epoch = trainer.callback_metrics, trainer.current_epoch
        if self.monitor not in metrics:  # a limit of steps or time ended the epoch before its validation
            return
        value = float(metrics[self.monitor])
        improved = value > self.best
        if improved:
            self.best, self.best_epoch = value, epoch
        line = (
            f"epoch {epoch:4d}  loss {float(metrics['train/loss']):.4f}  {self.monitor} {value:.4f}  "
            + ("best so far" if improved else f"best {self.best:.4f} at epoch {self.best_epoch}")
            + f"  {time.perf_counter() - self.epoch_start:.1f} s"
        )
        self.bar.console.print(line, highlight=False)
        RUN_LOG.info(line)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self.bar:
            self.bar.stop()
            self.bar = None

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        self.on_train_end(trainer, pl_module)
