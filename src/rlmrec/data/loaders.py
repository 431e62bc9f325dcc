"""Batches for training and evaluation."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_array
from torch.utils.data import Dataset

from rlmrec.common.chunks import chunks
from rlmrec.common.room import number_at_once
from rlmrec.common.seeding import generator
from rlmrec.data.matrices import coordinates
from rlmrec.data.negatives import NegativeSampler
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch, EvaluationBatch

CPU = torch.device("cpu")
USERS_AT_ONCE = {"cpu": 2048, "cuda": 2**16}
"""Users per evaluation step, by device type; the ranking processes them in smaller chunks."""


class EpochBatches(Dataset[Batch]):
    """The batches of one epoch, whose order and negatives depend only on ``(seed, epoch)``.

    With several processes, each gets the whole batch, since losses contrast its pairs with each other; the costly parts
    of the losses are divided among the processes (``rlmrec.common.distributed``).

    Args:
        interactions: the training interactions.
        sampler: draws the negatives; None for models that use none.
        batch_size: pairs in a batch; the last batch may be smaller.
        seed: seed of the run.
        epoch: number of the epoch, from 0.
        device: device of the batches; all pairs are transferred at once.
        static_shapes: whether all batches have the same shapes; the last one is padded with pairs of weight 0.
    """

    def __init__(
        self,
        interactions: Interactions,
        sampler: NegativeSampler | None,
        batch_size: int,
        seed: int,
        epoch: int,
        device: torch.device = CPU,
        static_shapes: bool = False,
    ) -> None:
        source = generator(seed, "epoch", epoch)
        order = torch.randperm(len(interactions.users), generator=source)
        users = interactions.users[order]
        pairs: tuple[torch.Tensor, ...] = (users, interactions.items[order])
        if sampler is not None:
            pairs += (sampler.sample(users, source),)
        self.batch_size = batch_size
        if device.type != "cpu":
            sent = _sent(torch.cat([part.flatten() for part in pairs]), device)
            split = sent.split([part.numel() for part in pairs])
            pairs = tuple(flat.view(part.shape) for flat, part in zip(split, pairs, strict=True))
        self.pairs = self._filled_up(pairs) if static_shapes else _batch(pairs)

    def __len__(self) -> int:
        return math.ceil(len(self.pairs.users) / self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = index * self.batch_size
        rows = slice(start, start + self.batch_size)
        return Batch._make(None if part is None else part[rows] for part in self.pairs)

    def _filled_up(self, pairs: Sequence[torch.Tensor]) -> Batch:
        missing = -len(pairs[0]) % self.batch_size
        weights = torch.ones(len(pairs[0]), device=pairs[0].device)
        *filled, counted = (torch.cat([part, part.new_zeros(missing, *part.shape[1:])]) for part in (*pairs, weights))
        return _batch(filled)._replace(weights=counted)


def _batch(pairs: Sequence[torch.Tensor]) -> Batch:
    """Return users, positives and, if any, negatives as a batch."""
    users, positives, *negatives = pairs
    return Batch(users, positives, negatives[0] if negatives else None)


class EvaluationBatches(Dataset[EvaluationBatch]):
    """The users with held-out items, in chunks.

    Args:
        held_out: relevant interactions, ``(num_users, num_items)``.
        seen: interactions to exclude from the ranking, ``(num_users, num_items)``.
        rank: rank of this process; it gets every ``world_size``-th user, so that the processes partition the users.
        world_size: number of processes.
        device: device of the chunks; on a GPU, they stay there between evaluations.
    """

    def __init__(
        self, held_out: csr_array, seen: csr_array, rank: int = 0, world_size: int = 1, device: torch.device = CPU
    ) -> None:
        self.held_out, self.seen, self.device = held_out, seen, device
        self.sent: dict[int, EvaluationBatch] = {}
        users = np.flatnonzero(np.diff(held_out.indptr))[rank::world_size]
        size = number_at_once(USERS_AT_ONCE, device)
        # At least one chunk, even if empty: a process without any would leave the others waiting.
        self.chunks = [users[rows] for rows in chunks(len(users), size)] or [users]

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, index: int) -> EvaluationBatch:
        if index in self.sent:
            return self.sent[index]
        users = self.chunks[index]
        seen, held_out = (torch.from_numpy(coordinates(matrix[users])) for matrix in (self.seen, self.held_out))
        batch = EvaluationBatch(torch.from_numpy(users), seen, held_out)
        if self.device.type != "cpu":
            batch = self.sent[index] = EvaluationBatch(*(_sent(part, self.device) for part in batch))
        return batch


def _sent(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a copy on a device; the transfer to a GPU is asynchronous."""
    pinned = values.pin_memory() if device.type == "cuda" else values
    return pinned.to(device, non_blocking=True)
