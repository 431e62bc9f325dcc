"""A model that learns nothing and whose validation metric follows a given series."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as L
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from scripted import trainer

MONITOR = "val/recall@20"
STEPS = 3
"""Training steps an epoch."""


class Rehearsal(L.LightningModule):
    """Its loss is 2 at every step; ``act`` is called within every training step."""

    def __init__(self, values: Sequence[float], act: Callable[[int], Any] = lambda step: None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.values, self.act = values, act
        self.validated: list[int] = []
        self.steps = 0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.0)

    def train_dataloader(self) -> DataLoader[int]:
        return DataLoader(range(STEPS), batch_size=None)  # type: ignore[arg-type]

    val_dataloader = train_dataloader

    def training_step(self, batch: int, batch_idx: int) -> Tensor:
        self.act(self.steps)
        self.steps += 1
        loss = self.weight + 2
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=1)
        return loss

    def validation_step(self, batch: int, batch_idx: int) -> None:
        pass

    def on_validation_epoch_end(self) -> None:
        self.log(MONITOR, self.values[len(self.validated)])
        self.validated.append(self.current_epoch)

    @property
    def epochs(self) -> int:
        return self.steps // STEPS


def fit(folder: Path, model: Rehearsal, *callbacks: L.Callback, max_epochs: int = 10) -> Rehearsal:
    trainer(folder, callbacks=list(callbacks), max_epochs=max_epochs).fit(model)
    return model
