"""Settings that every process of a run needs."""

import logging
import os

import pytorch_lightning as L

from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.silence import silence

LINE = "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"


class ProcessSetup(L.Callback):
    """Apply the settings of entry points to spawned processes, and reopen the log files in the first of them."""

    def __init__(self) -> None:
        self.made_in = os.getpid()
        handlers = [*logging.root.handlers, *logging.getLogger("run").handlers]
        self.logs = {handler.baseFilename for handler in handlers if isinstance(handler, logging.FileHandler)}

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        silence()
        keep_freed_memory()
        spawned = os.getpid() != self.made_in and not logging.root.handlers
        if spawned and trainer.is_global_zero:
            self._open_logs()

    def _open_logs(self) -> None:
        logging.captureWarnings(True)
        if logging.lastResort:
            logging.root.addHandler(logging.lastResort)  # as before, to the terminal
        run = logging.getLogger("run")
        run.setLevel(logging.INFO)
        run.propagate = False
        for path in sorted(self.logs):
            handler = logging.FileHandler(path, encoding="utf-8")
            handler.setFormatter(logging.Formatter(LINE))
            logging.root.addHandler(handler)
            run.addHandler(handler)
