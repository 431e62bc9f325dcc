"""The recommendation lists of all users, collected over batches and processes."""

import numpy as np
import torch
from torch import Tensor
from torch.distributed import all_reduce


class RankedLists:
    """Items and scores in the first ``K`` places of every user's ranking.

    Args:
        num_users: number of users.
        length: length ``K`` of the lists.
        device: device on which the lists are collected.
    """

    def __init__(self, num_users: int, length: int, device: torch.device) -> None:
        # Stored items count from 1: each user is ranked by exactly one process, and zeros of the others can be added.
        self._items = torch.zeros(num_users, length, dtype=torch.int64, device=device)
        self._scores = torch.zeros(num_users, length, dtype=torch.float32, device=device)
        self._ranked = torch.zeros(num_users, dtype=torch.int64, device=device)

    def add(self, users: Tensor, items: Tensor, scores: Tensor) -> None:
        """Store the lists of some users.

        Args:
            users: user numbers, ``(V,)``.
            items: item numbers, -1 for gaps, ``(V, K)``.
            scores: scores of the items, ``(V, K)``.
        """
        self._items[users] = items + 1
        self._scores[users] = scores.float()
        self._ranked[users] = 1

    def gather(self) -> None:
        """Combine the lists of all processes of a distributed run."""
        all_reduce(self._items)
        all_reduce(self._scores)
        all_reduce(self._ranked)

    @property
    def users(self) -> np.ndarray:
        """Return the numbers of the users whose lists were stored, ascending, ``(V,)``."""
        return np.flatnonzero(self._ranked.cpu().numpy())

    def of(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return items and scores of some users, each ``(V, K)``; items are -1 for gaps."""
        return self._items.cpu().numpy()[users] - 1, self._scores.cpu().numpy()[users]
