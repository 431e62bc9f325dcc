"""The LightningDataModule over any dataset."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytorch_lightning as pl
import torch
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt
from scipy.sparse import csr_array
from torch.nn.functional import pad
from torch.utils.data import DataLoader

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Mask
from rlmrec.data.dataset import Dataset
from rlmrec.data.interaction_noise import random_non_interactions
from rlmrec.data.loaders import EpochBatches, EvaluationBatches
from rlmrec.data.negatives import NegativeSampler, UniformNegatives
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch, EvaluationBatch


class InteractionDataModule(pl.LightningDataModule):
    """Training batches with sampled negatives, and full-ranking evaluation.

    Args:
        dataset: the interactions.
        batch_size: training pairs in a batch; with several processes, each gets all of them.
        seed: order and negatives of an epoch follow from it and the epoch's number.
        mask: items that leave the ranking at test time: training items, as published, or also validation items.
        interaction_noise: random pairs to train on as if they were interactions, as a share of these; they follow from
            the seed and never leave the ranking.
        negatives: called with the training interactions, draws the items of no interaction; uniform by default.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: PositiveInt = 4096,
        seed: NonNegativeInt = 2023,
        mask: Mask = "train",
        interaction_noise: NonNegativeFloat = 0.0,
        negatives: Callable[[Interactions], NegativeSampler] = UniformNegatives,
    ) -> None:
        super().__init__()
        if mask not in get_args(Mask):
            raise UserError(f"evaluation.mask={mask}: valid are {', '.join(get_args(Mask))}")
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = seed
        self.mask = mask
        pairs = dataset.train.tocoo().coords
        if interaction_noise:
            false = random_non_interactions(dataset, interaction_noise, seed)
            pairs = tuple(np.concatenate(both) for both in zip(pairs, false, strict=True))
        users, items = (torch.from_numpy(ids.astype("int64")) for ids in pairs)
        self.interactions = Interactions(users, items, *dataset.train.shape, weights=self._weights(len(users)))
        self.sampler = negatives(self.interactions)

    def _weights(self, count: int) -> torch.Tensor | None:
        """Return the weights of training interactions, 1 for those that are noise; None where none are kept."""
        if self.dataset.train_weights is None:
            return None
        return pad(torch.from_numpy(self.dataset.train_weights), (0, count - len(self.dataset.train_weights)), value=1)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of the trainer's current epoch, or of epoch 0 without a trainer; call it every epoch."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        batches = EpochBatches(self.interactions, self.sampler, self.batch_size, self.seed, epoch)
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader[EvaluationBatch]:
        return self._evaluation(self.dataset.val, self.dataset.train)

    def test_dataloader(self) -> DataLoader[EvaluationBatch]:
        train_only = self.mask == "train"
        seen = self.dataset.train if train_only else self.dataset.train + self.dataset.val
        return self._evaluation(self.dataset.test, csr_array(seen))

    def _evaluation(self, held_out: csr_array, seen: csr_array) -> DataLoader[EvaluationBatch]:
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        batches = EvaluationBatches(held_out, seen, rank, world_size)
        return DataLoader(batches, batch_size=None)
