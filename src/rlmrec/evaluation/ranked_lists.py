"""The recommendation lists of all users, collected over batches and processes."""

import numpy as np
import torch
from torch import Tensor
from torch.distributed import all_reduce


class RankedLists:
    """Items and scores of the first ``K`` places of every user.

    Args:
        num_users: number of users.
        length: places in a list, ``K``.
        device: where the lists are collected.
    """

    def __init__(self, num_users: int, length: int, device: torch.device) -> None:
        # Item numbers count from 1: every user is ranked by exactly one process, and the others add zeros.
        self._items = torch.zeros(num_users, length, dtype=torch.int64, device=device)
        self._scores = torch.zeros(num_users, length, dtype=torch.float32, device=device)

    def add(self, users: Tensor, items: Tensor, scores: Tensor) -> None:
        """Keep the lists of some users.

        Args:
            users: ``(V,)``.
            items: item numbers, -1 where there is none, ``(V, K)``.
            scores: ``(V, K)``.
        """
        self._items[users] = items + 1
        self._scores[users] = scores.float()

    def gather(self) -> None:
        """Bring together the lists of all processes that train together."""
        all_reduce(self._items)
        all_reduce(self._scores)

    def of(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return items and scores of some users, each ``(V, K)``; an item is -1 where there is none."""
        return self._items.cpu().numpy()[users] - 1, self._scores.cpu().numpy()[users]
