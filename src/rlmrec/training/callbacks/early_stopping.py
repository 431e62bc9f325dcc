"""Early stopping."""

import pytorch_lightning as L
from pydantic import PositiveInt
from pytorch_lightning.callbacks import EarlyStopping as LightningEarlyStopping

from rlmrec.common.monitor import MONITOR


class EarlyStopping(LightningEarlyStopping):
    """Stop after ``patience`` validations without a strictly greater value (quirk Q17).

    On resuming, Lightning's own callback forgets that it had already decided to stop, and would continue training.

    Args:
        monitor: validation metric; greater is better.
        patience: number of validations without improvement.
    """

    def __init__(self, monitor: str = MONITOR, patience: PositiveInt = 20) -> None:
        super().__init__(monitor, mode="max", patience=patience, check_on_train_epoch_end=False)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True
