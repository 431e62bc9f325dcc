"""Settings that every process of a run needs."""

import pytorch_lightning as pl

from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.silence import silence


class ProcessSetup(pl.Callback):
    """Give spawned processes the settings that entry points make for their own."""

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        silence()
        keep_freed_memory()
