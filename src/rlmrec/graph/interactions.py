"""Training interactions."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.utils import to_undirected

INTERACTIONS_AT_ONCE = 2**16
"""Most interactions whose item rows are held at once."""


@dataclass(frozen=True)
class Interactions:
    """Training interactions of a user-item graph; node ids put users first.

    Args:
        users: user of each interaction, ``(E,)`` int64.
        items: item of each interaction, counted from 0, ``(E,)`` int64.
        num_users: number of users.
        num_items: number of items.
        weights: weight of each interaction, ``(E,)`` float32; None if the dataset stores no weights.
    """

    users: Tensor
    items: Tensor
    num_users: int
    num_items: int
    weights: Tensor | None = None

    @property
    def num_nodes(self) -> int:
        """Return the number of users plus the number of items."""
        return self.num_users + self.num_items

    def edge_index(self) -> Tensor:
        """Return both directions of every distinct interaction, sorted by row then column, ``(2, E)``."""
        return to_undirected(torch.stack([self.users, self.items + self.num_users]), num_nodes=self.num_nodes)

    def matrix(self) -> csr_array:
        """Return the canonical binary interaction matrix, ``(num_users, num_items)`` float32."""
        matrix = self._summed(np.ones(len(self.users), np.float32))
        matrix.data[:] = 1
        return matrix

    def weight_matrix(self) -> csr_array:
        """Return the matrix of weights, those of repeated interactions summed; without weights, the binary matrix."""
        return self.matrix() if self.weights is None else self._summed(self.weights.numpy())

    def of_items(self, items: Tensor) -> "Interactions":
        """Return the interactions with the given items ``(n,)`` only, in their present order."""
        kept = torch.isin(self.items, items)
        weights = None if self.weights is None else self.weights[kept]
        return replace(self, users=self.users[kept], items=self.items[kept], weights=weights)

    def means_of_items(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the users with interactions, ``(U,)`` int64, and the mean of the rows of their items, ``(U, D)``.

        Args:
            rows: rows of all items, ``(num_items, D)``.
        """
        counts = torch.bincount(self.users, minlength=self.num_users)
        sums = rows.new_zeros(self.num_users, rows.shape[1])
        for some in torch.arange(len(self.users)).split(INTERACTIONS_AT_ONCE):
            sums.index_add_(0, self.users[some], rows[self.items[some]])
        known = counts.nonzero()[:, 0]
        return known, sums[known] / counts[known, None]

    def _summed(self, values: np.ndarray) -> csr_array:
        pairs = self.users.numpy(), self.items.numpy()
        matrix = csr_array((values, pairs), (self.num_users, self.num_items))
        matrix.sum_duplicates()
        return matrix
