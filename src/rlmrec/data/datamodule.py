"""The LightningDataModule of any dataset."""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pytorch_lightning as L
import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch.nn.functional import pad
from torch.utils.data import DataLoader

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import ItemPool, Mask, Seed
from rlmrec.data.ablations.interaction_noise import random_non_interactions
from rlmrec.data.dataset import Dataset
from rlmrec.data.item_pool import evaluated_on
from rlmrec.data.loaders import CPU, EpochBatches, EvaluationBatches
from rlmrec.data.matrices import coordinates
from rlmrec.data.negatives import NegativeSampler, NoNegatives, UniformNegatives
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch, EvaluationBatch


class InteractionDataModule(L.LightningDataModule):
    """A data module with sampled negatives for training and full ranking for evaluation.

    Args:
        dataset: dataset to train and evaluate on.
        batch_size: number of training pairs per batch; with several processes, each gets the whole batch.
        seed: seed of the run; with the number of the epoch, it determines the order of pairs and the negatives.
        mask: items excluded from the ranking at test time: training items, as published, or also validation items.
        interaction_noise: number of random pairs to add to the training interactions, as a share of these; they follow
            from the seed and are never excluded from the ranking.
        negatives: factory that builds the negative sampler from the training interactions; uniform by default.
        static_shapes: whether all training batches have the same shapes, as CUDA graphs require.
        item_pool: items to rank: ``all``, or ``cold``; only held-out interactions with these items are evaluated.

    Raises:
        UserError: if an option is wrong or does not fit the dataset.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: PositiveInt = 4096,
        seed: Seed = 2023,
        mask: Mask = "train",
        interaction_noise: NonNegativeFloat = 0.0,
        negatives: Callable[[Interactions], NegativeSampler] = UniformNegatives,
        static_shapes: bool = False,
        item_pool: ItemPool = "all",
    ) -> None:
        super().__init__()
        if mask not in get_args(Mask):
            raise UserError(f"evaluation.mask={mask}: valid are {', '.join(get_args(Mask))}")
        self.dataset = dataset
        self.evaluated = evaluated_on(dataset, item_pool)
        self.batch_size = batch_size
        self.seed = seed
        self.mask = mask
        self.static_shapes = static_shapes
        pairs = coordinates(dataset.train)
        if interaction_noise:
            pairs = np.concatenate([pairs, random_non_interactions(dataset, interaction_noise, seed)], axis=1)
        users, items = torch.from_numpy(pairs)
        self.interactions = Interactions(users, items, *dataset.train.shape, weights=self._weights(len(users)))
        self.negatives = negatives
        self.uses_negatives = True  # set to False by a model that needs none
        self.evaluations: dict[tuple[str, int, int, torch.device], EvaluationBatches] = {}

    @cached_property
    def sampler(self) -> NegativeSampler:
        """Return the negative sampler, built on first access because fitted backbones need none.

        Raises:
            NoNegatives: if a user interacted with every item.
        """
        try:
            return self.negatives(self.interactions)
        except NoNegatives as error:
            name = self.dataset.users["external_id"][int(error.user)]
            raise NoNegatives(name or error.user, error.num_items) from None

    def num_batches(self, device: torch.device = CPU, world_size: int = 1) -> dict[str, int]:
        """Return the number of batches per process of ``train``, ``val`` and ``test``.

        Args:
            device: device of the training.
            world_size: number of processes.
        """
        found = {"train": math.ceil(len(self.interactions.users) / self.batch_size)}
        for split, held_out in (("val", self.evaluated.val), ("test", self.evaluated.test)):
            found[split] = len(EvaluationBatches(held_out, self.dataset.train, 0, world_size, device))
        return found

    def _weights(self, count: int) -> torch.Tensor | None:
        """Return the weights of the training interactions, 1 for added noise; None if the dataset has no weights."""
        if self.dataset.train_weights is None:
            return None
        return pad(torch.from_numpy(self.dataset.train_weights), (0, count - len(self.dataset.train_weights)), value=1)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of the trainer's current epoch (0 without a trainer); must be called in every epoch."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        sampler = self.sampler if self.uses_negatives else None
        parts = self.interactions, sampler, self.batch_size, self.seed
        return DataLoader(EpochBatches(*parts, epoch, self._device(), self.static_shapes), batch_size=None)

    def val_dataloader(self) -> DataLoader[EvaluationBatch]:
        return self._evaluation("val")

    def test_dataloader(self) -> DataLoader[EvaluationBatch]:
        return self._evaluation("test")

    def _evaluation(self, split: Literal["val", "test"]) -> DataLoader[EvaluationBatch]:
        """Return the evaluation batches of a split, cached so that batches on a GPU are not transferred again."""
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        asked = split, rank, world_size, self._device()
        if asked not in self.evaluations:
            held_out = self.evaluated.val if split == "val" else self.evaluated.test
            seen = self.dataset.seen("train" if split == "val" else self.mask)
            self.evaluations[asked] = EvaluationBatches(held_out, seen, *asked[1:])
        return DataLoader(self.evaluations[asked], batch_size=None)

    def _device(self) -> torch.device:
        return self.trainer.strategy.root_device if self.trainer else CPU
