"""The precision of matrix products in training."""

from typing import Literal

import pytorch_lightning as L
import torch

MatmulPrecisionName = Literal["highest", "high", "medium"]


class MatmulPrecision(L.Callback):
    """Use less exact and faster matrix products in training steps; rankings always use full single precision.

    Args:
        precision: precision as in ``torch.set_float32_matmul_precision``.
    """

    def __init__(self, precision: MatmulPrecisionName) -> None:
        self.precision = precision

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        torch.set_float32_matmul_precision(self.precision)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        torch.set_float32_matmul_precision("highest")

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        torch.set_float32_matmul_precision(self.precision)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        torch.set_float32_matmul_precision("highest")

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        torch.set_float32_matmul_precision("highest")
