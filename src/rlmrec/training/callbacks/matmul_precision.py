"""The precision of matrix products in training."""

from typing import Literal

import pytorch_lightning as L
import torch

MatmulPrecisionName = Literal["highest", "high", "medium"]


class MatmulPrecision(L.Callback):
    """Let matrix products of training steps be less exact and faster; rankings always are in full single precision.

    Args:
        precision: as ``torch.set_float32_matmul_precision`` takes it.
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
