"""Scores of cold users and items as sums of products: embeddings, neighbours' interactions, popularity and a lift."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array
from torch import Tensor

from rlmrec.backbones.scores import MatrixScores, Scores
from rlmrec.common.chunks import chunks

SAMPLED_USERS = 1024
"""Number of users with interactions whose scores determine the scale of those of cold items."""
ROWS_AT_ONCE = 1024
BELOW_ALL = 1000.0
"""Standard deviations below the mean at which items without any information are scored."""


@dataclass(frozen=True)
class Placement:
    """A way to score cold users and cold items.

    Args:
        source: index of the node embeddings to use, among several versions.
        neighbours: number of nearest nodes by profile whose interactions are used.
        embeddings: weight of embeddings, relative to that of the neighbours' interactions.
        popularity: weight of item popularity for cold users, on the same scale.
        lift: offset of the scores of cold items, in standard deviations of the scores of other items.
    """

    source: int = 0
    neighbours: int = 50
    embeddings: float = 1.0
    popularity: float = 1000.0
    lift: float = 1000.0


@dataclass(frozen=True)
class ColdSide:
    """The cold nodes among ``n`` users, or among ``n`` items.

    Args:
        nodes: mask of cold nodes, ``(n,)`` bool.
        has_profile: mask of nodes with a profile, ``(n,)`` bool.
        nearest: cosines of cold nodes with their neighbours, ``(n, n)``.
    """

    nodes: np.ndarray
    has_profile: np.ndarray
    nearest: csr_array

    def ids(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return the numbers of cold nodes with a profile, and of those without."""
        known, unknown = self.nodes & self.has_profile, self.nodes & ~self.has_profile
        with_one, without = (torch.from_numpy(np.flatnonzero(part)).to(device) for part in (known, unknown))
        return with_one, without


Mixed = tuple[Tensor, Tensor, list[Scores]]
"""Embeddings of users and of items, and further scores to add to their products."""


def cold_user_scores(users: Tensor, items: Tensor, train: csr_array, cold: ColdSide, weights: Placement) -> Mixed:
    """Return the factors of cold users' scores: three parts with standard deviation 1 over the items, times weights.

    Cold users without a profile are scored by popularity alone.

    Args:
        users: user embeddings, ``(U, D)``, with placed embeddings of cold users.
        items: item embeddings, ``(I, D)``.
        train: training interactions, ``(U, I)``.
        cold: cold users.
        weights: weights of the three parts.
    """
    ids, without_profile = cold.ids(users.device)
    placed = users[ids]
    centred = items - items.mean(0)
    deviations = ((placed @ (centred.T @ centred / len(items))) * placed).sum(1).clamp(min=0).sqrt()
    column = users.new_zeros(len(users), 1)
    column[ids], column[without_profile] = weights.popularity, 1.0
    mixed = users.index_fill(0, without_profile, 0.0)
    mixed[ids] = weights.embeddings * placed / deviations.clamp(min=1e-12)[:, None]
    popularity = np.log1p(np.asarray(train.sum(axis=0), dtype=np.float64))
    standard = (popularity - popularity.mean()) / max(float(popularity.std()), 1e-12)
    mixed_items = torch.cat([items, torch.from_numpy(standard).to(items)[:, None]], dim=1)
    others: list[Scores] = []
    if cold.nearest.nnz:
        rows = _row_deviations(cold.nearest, train)
        scale = np.divide(1, rows, out=np.zeros_like(rows), where=rows > 0)
        others.append(MatrixScores(csr_array(diags_array(scale) @ cold.nearest).astype(np.float32), train))
    return torch.cat([mixed, column], dim=1), mixed_items, others


def cold_item_scores(users: Tensor, items: Tensor, train: csr_array, cold: ColdSide, weights: Placement) -> Mixed:
    """Return the factors of cold items' scores, with the mean and standard deviation of the scores of other items.

    The parts are embeddings and neighbours' interactions. Cold items without a profile are scored below all others,
    equally for all users.

    Args:
        users: user embeddings, ``(U, D)``.
        items: item embeddings, ``(I, D)``, with placed embeddings of cold items.
        train: training interactions, ``(U, I)``.
        cold: cold items.
        weights: weights of the two parts, and the lift.
    """
    # Scores of users without interactions, such as those by popularity, may have a very different scale.
    warm = np.flatnonzero(np.diff(train.indptr))
    sample = warm[np.unique(np.linspace(0, len(warm) - 1, SAMPLED_USERS).astype(np.int64))]
    some = users[torch.from_numpy(sample).to(users.device)]
    ids, without_profile = cold.ids(items.device)
    others = some @ items[torch.from_numpy(np.flatnonzero(~cold.nodes)).to(items.device)].T
    mean, deviation = float(others.mean()), _deviation(others)
    mixed, column = items.index_fill(0, without_profile, 0.0), items.new_zeros(len(items), 1)
    column[without_profile] = mean - BELOW_ALL * deviation
    ones = torch.cat([users, users.new_ones(len(users), 1)], dim=1)
    if not len(ids):
        return ones, torch.cat([mixed, column], dim=1), []
    by_embeddings = some @ items[ids].T
    spread = max(_deviation(by_embeddings), 1e-12)
    placed = items[ids] * (weights.embeddings / spread)
    by_items = csr_array(cold.nearest[np.flatnonzero(cold.nodes & cold.has_profile)].T)
    by_history = train[sample] @ by_items
    of_history = float(np.sqrt(max(_mean_square(by_history) - by_history.mean() ** 2, 0.0)))
    total = weights.embeddings * by_embeddings / spread
    if of_history > 0:
        total = total + torch.from_numpy(by_history.toarray()).to(total) / of_history
    unit = deviation / max(_deviation(total), 1e-12)
    mixed[ids] = placed * unit
    column[ids] = mean - unit * float(total.mean()) + weights.lift * deviation
    added: list[Scores] = []
    if of_history > 0:
        added.append(MatrixScores(train, csr_array(cold.nearest.T * (unit / of_history)).astype(np.float32)))
    return ones, torch.cat([mixed, column], dim=1), added


def _row_deviations(left: csr_array, right: csr_array) -> np.ndarray:
    """Return the standard deviation of each row of a product, ``(n,)``, computed in chunks of rows."""
    found = []
    for rows in chunks(left.shape[0], ROWS_AT_ONCE):
        product = left[rows] @ right
        squares = np.asarray(product.multiply(product).sum(axis=1)) / right.shape[1]
        means = np.asarray(product.sum(axis=1)) / right.shape[1]
        found.append(np.sqrt(np.maximum(squares - means**2, 0)))
    return np.concatenate(found)


def _deviation(values: Tensor) -> float:
    """Return the standard deviation of some values, or 0 for a single value."""
    return float(values.std()) if values.numel() > 1 else 0.0


def _mean_square(matrix: csr_array) -> float:
    return float((matrix.data.astype(np.float64) ** 2).sum() / max(matrix.shape[0] * matrix.shape[1], 1))
