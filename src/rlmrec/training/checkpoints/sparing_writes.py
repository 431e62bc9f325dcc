"""The schedule of writing checkpoints that are kept in memory."""

import pytorch_lightning as L
from pytorch_lightning.callbacks import Checkpoint

from rlmrec.training.checkpoints.sparing import SparingCheckpointIO


class SparingWrites(Checkpoint):
    """Report training progress to the checkpoint IO; as a ``Checkpoint``, it is called after other callbacks.

    Args:
        files: checkpoint IO of the same trainer.
    """

    def __init__(self, files: SparingCheckpointIO) -> None:
        self.files = files

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.files.begin(trainer.loggers, trainer.global_step)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.files.confirm()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.files.finish(whole=True)

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        self.files.finish(whole=False)
