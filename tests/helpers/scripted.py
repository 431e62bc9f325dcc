"""Models without propagation or chance, so that figures can be computed by hand, and a quiet trainer."""

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as L
import torch
from torch import Tensor

import parts
from rlmrec.aligners import NoAlignment
from rlmrec.backbones import Backbone, Encoding, LightGCN
from rlmrec.data import InteractionDataModule
from rlmrec.graph.batch import Batch
from rlmrec.training.recommender import Recommender

REG_WEIGHT, LEARNING_RATE = 0.05, 0.5
SGD = partial(torch.optim.SGD, lr=LEARNING_RATE)


class Scripted(Backbone):
    """Scores that are given: user vectors are rows of scores, item vectors the identity."""

    def __init__(self, scores: Tensor, term: str = "bpr") -> None:
        super().__init__(dataclasses.replace(parts.interactions(), num_users=len(scores), num_items=scores.shape[1]), 2)
        self.nodes, self.term = torch.cat([scores, torch.eye(scores.shape[1])]), term
        self.batches: list[Batch] = []

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(initial)

    def embed(self) -> Tensor:
        return self.nodes

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        self.batches.append(batch)
        return {self.term: encoding.nodes.sum()}


def matrix_factorisation(data: InteractionDataModule, optimizer: Callable[..., Any] = SGD) -> Recommender:
    """BPR and L2 on the initial embeddings alone."""
    torch.manual_seed(0)
    backbone = LightGCN(data.interactions, embedding_dim=4, num_layers=0, keep_rate=1.0)
    return Recommender(backbone, NoAlignment(), optimizer, {"name": "tiny"}, 0, REG_WEIGHT)


def trainer(folder: Path, **options: Any) -> L.Trainer:
    quiet = dict.fromkeys(("enable_progress_bar", "enable_model_summary", "enable_checkpointing", "logger"), False)
    usual = {"accelerator": "cpu", "devices": 1, "max_epochs": 1, "num_sanity_val_steps": 0}
    usual |= {"default_root_dir": folder, "reload_dataloaders_every_n_epochs": 1}
    return L.Trainer(**quiet | usual | options)
