"""The times at which checkpoints that are kept in memory are written."""

import pytorch_lightning as L
from pytorch_lightning.callbacks import Checkpoint

from rlmrec.training.checkpoints.sparing import SparingCheckpointIO


class SparingWrites(Checkpoint):
    """Tell the files of checkpoints how far training is; as a checkpoint, Lightning calls it after other callbacks.

    Args:
        files: of the same trainer, whose checkpoints come before this callback.
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
