"""The schedule of validations."""

import pytorch_lightning as L
from pydantic import PositiveInt


class ValidationSchedule(L.Callback):
    """Validate after epochs 0, n, 2n, ... as published (quirk Q17); Lightning alone would validate after n-1, 2n-1, ...

    Args:
        every_n_epochs: number of epochs between two validations.
    """

    def __init__(self, every_n_epochs: PositiveInt = 3) -> None:
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        epoch = trainer.current_epoch
        due = epoch % self.every_n_epochs == 0
        # Lightning validates when (epoch + 1) is a multiple of this number.
        trainer.check_val_every_n_epoch = 1 if due else epoch + 2
