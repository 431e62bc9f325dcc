"""The schedule of validations."""

import pytorch_lightning as pl
from pydantic import PositiveInt


class ValidationSchedule(pl.Callback):
    """Validate after epochs 0, n, 2n, ... as published (quirk Q17); Lightning alone would do so after n-1, 2n-1, ...

    Args:
        every_n_epochs: epochs between two validations.
    """

    def __init__(self, every_n_epochs: PositiveInt = 3) -> None:
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        epoch = trainer.current_epoch
        due = epoch % self.every_n_epochs == 0
        # Lightning validates when (epoch + 1) is a multiple of this number.
        trainer.check_val_every_n_epoch = 1 if due else epoch + 2
