"""Scores of users x items: all that rankings, metrics and recommendations need from a model."""

from abc import ABC, abstractmethod
from functools import reduce
from operator import matmul

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

Matrix = csr_array | np.ndarray
"""A sparse or a dense matrix."""


class Scores(ABC):
    """Scores of all items, computed for some users at a time; greater is better."""

    num_users: int
    num_items: int
    dtype: torch.dtype = torch.float32
    device: torch.device = torch.device("cpu")
    """Device on which user numbers are expected."""

    @abstractmethod
    def of(self, users: Tensor) -> Tensor:
        """Return the scores of some users.

        Args:
            users: user numbers, ``(V,)``.

        Returns:
            Scores ``(V, num_items)``, on the device of ``users``, which the caller may overwrite.
        """

    @abstractmethod
    def products(self) -> list[list[Matrix]]:
        """Return lists of matrices; the products of the lists sum to the scores ``(num_users, num_items)``."""


class EmbeddingScores(Scores):
    """Dot products of embeddings.

    Args:
        users: user embeddings, ``(num_users, D)``.
        items: item embeddings, ``(num_items, D)``.
    """

    def __init__(self, users: Tensor, items: Tensor) -> None:
        self.users, self.items = users, items
        self.num_users, self.num_items, self.dtype = len(users), len(items), users.dtype
        self.device = users.device

    def of(self, users: Tensor) -> Tensor:
        # Embeddings of fitted backbones stay on the CPU when a GPU ranks.
        return (self.users[users.to(self.device)] @ self.items.T).to(users.device)

    def products(self) -> list[list[Matrix]]:
        return [[self.users.cpu().numpy(), self.items.T.cpu().numpy()]]


class MatrixScores(Scores):
    """The product of two or more matrices from left to right, such as interactions times item similarities.

    Args:
        first: matrix with one row per user, ``(num_users, n)``.
        others: further factors; the last one has one column per item.
    """

    def __init__(self, first: csr_array, *others: Matrix) -> None:
        self.first, self.others = first, others
        self.num_users, self.num_items = first.shape[0], others[-1].shape[1]

    def of(self, users: Tensor) -> Tensor:
        product = reduce(matmul, self.others, self.first[users.cpu().numpy()])
        dense = product if isinstance(product, np.ndarray) else product.toarray()
        return torch.from_numpy(dense.astype(np.float32, copy=False)).to(users.device)

    def products(self) -> list[list[Matrix]]:
        return [[self.first, *self.others]]


class ScoresOfSome(Scores):
    """The scores of a subset of users, renumbered from 0.

    Args:
        scores: scores of all users.
        users: numbers of the chosen users, ``(V,)``.
    """

    def __init__(self, scores: Scores, users: np.ndarray) -> None:
        self.scores, self.users = scores, torch.from_numpy(users).to(scores.device)
        self.num_users, self.num_items = len(users), scores.num_items
        self.dtype, self.device = scores.dtype, scores.device

    def of(self, users: Tensor) -> Tensor:
        return self.scores.of(self.users[users])

    def products(self) -> list[list[Matrix]]:
        chosen = self.users.cpu().numpy()
        return [[first[chosen], *others] for first, *others in self.scores.products()]


class SumOfScores(Scores):
    """The sum of several scores.

    Args:
        parts: scores of the same users and items.
    """

    def __init__(self, *parts: Scores) -> None:
        self.parts = parts
        self.num_users, self.num_items = parts[0].num_users, parts[0].num_items
        self.dtype, self.device = parts[0].dtype, parts[0].device

    def of(self, users: Tensor) -> Tensor:
        return reduce(torch.add, (part.of(users) for part in self.parts))

    def products(self) -> list[list[Matrix]]:
        return [product for part in self.parts for product in part.products()]
