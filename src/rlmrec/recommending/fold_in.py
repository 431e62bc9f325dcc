"""Scores of users who were not there in training, from the items of each."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.scores import EmbeddingScores, Scores
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import coordinates
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.fusions import NoFusion
from rlmrec.graph import Interactions
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.ranker import Ranker
from rlmrec.training.recommender import Recommender

TRIED_USERS = 2048
"""Users with validation items on whom the methods are compared."""
RIDGES = (0.01, 0.1, 1.0, 10.0)
"""Ridges of the regression, in units of the mean square of the item embeddings' columns."""
PLACES = 20
"""Length of the lists whose recall decides."""

FoldInMethod = Callable[[csr_array, Tensor, np.ndarray], Tensor]
"""From histories ``(V, I)``, item embeddings ``(I, D)`` and users of items ``(I,)`` to user embeddings ``(V, D)``."""


class FoldIn:
    """Scores new users by their items, with the item side as it was trained.

    Fitted methods know the exact answer, and so do backbones that encode the items of a user. A new user of another
    model gets an embedding from those of the items of the history, by propagation or by regression: the way that finds
    most validation items of users whose training items are taken for the history.

    Args:
        model: with its weights.
        embeddings: of users and items, if the model has some.
        dataset: that it was trained on.
    """

    def __init__(self, model: Ranker, embeddings: EmbeddingScores | None, dataset: Dataset) -> None:
        self.model, self.embeddings, self.dataset = model, embeddings, dataset

    @torch.no_grad()
    def scores(self, histories: csr_array) -> Scores:
        """Return the scores of new users, which are dot products of embeddings where the model has such.

        Args:
            histories: ones where a new user and an item interacted, canonical, ``(V, num_items)`` float32.

        Raises:
            UserError: if the model cannot tell.
        """
        found: Scores | None = None
        if isinstance(self.model, FittedRecommender):
            found = self.model.backbone.fold_in(self.model.fitted, histories)
        elif self.embeddings is not None:
            placed = self._encoded(histories)
            if placed is None:
                placed = placed_users(self.method, self.embeddings, self.dataset, histories)
            found = EmbeddingScores(placed, self.embeddings.items)
        if found is None:
            raise UserError(f"{type(self.model.backbone).__name__} cannot take in new users: train again with them")
        return found

    def _encoded(self, histories: csr_array) -> Tensor | None:
        """Return what the backbone itself says of new users, unless its embeddings are not what is scored."""
        if isinstance(self.model, Recommender) and isinstance(self.model.fusion, NoFusion):
            return self.model.backbone.fold_in(histories)
        return None

    @cached_property
    def method(self) -> str:
        """Return the name of the method that places new users among the embeddings."""
        assert self.embeddings is not None
        return best_method(self.embeddings, self.dataset)


def histories_of(num_items: int, items: Sequence[np.ndarray]) -> csr_array:
    """Return ones where a user and an item interacted, canonical, ``(V, num_items)`` float32.

    Args:
        num_items: number of items.
        items: item numbers of each user.
    """
    columns = np.concatenate([*items, np.zeros(0, np.int64)])
    rows = np.repeat(np.arange(len(items)), [len(part) for part in items])
    return Interactions(torch.from_numpy(rows), torch.from_numpy(columns), len(items), num_items).matrix()


def propagated(histories: csr_array, items: Tensor, users_of: np.ndarray) -> Tensor:
    """Place users by one step of the graph's propagation: items count less the more users they have."""
    weights = (np.maximum(users_of, 1) ** -0.5).astype(np.float32)
    return torch.from_numpy(histories @ (weights[:, None] * items.cpu().numpy())).to(items.device)


def ridge_regression(strength: float) -> FoldInMethod:
    """Return the method that places users where their dot products with all items are nearest to the history.

    Args:
        strength: of the ridge, in units of the mean square of the embeddings' columns.
    """

    def placed(histories: csr_array, items: Tensor, users_of: np.ndarray) -> Tensor:
        table = items.cpu().numpy().astype(np.float64)
        squares = table.T @ table
        squares[np.diag_indices(len(squares))] += strength * squares.trace() / len(squares)
        found = np.linalg.solve(squares, (histories @ table).T).T
        return torch.from_numpy(found.astype(np.float32)).to(items.device)

    return placed


METHODS: Mapping[str, FoldInMethod] = {
    "propagation": propagated,
    **{f"ridge {strength:g}": ridge_regression(strength) for strength in RIDGES},
}


def best_method(scores: EmbeddingScores, dataset: Dataset) -> str:
    """Return the name of the method with the greatest recall of validation items; the first one without any."""
    with_both = np.diff(dataset.val.indptr).astype(bool) & np.diff(dataset.train.indptr).astype(bool)
    tried = np.flatnonzero(with_both)[:TRIED_USERS]
    if not len(tried):
        return next(iter(METHODS))
    histories, held_out = csr_array(dataset.train[tried]), csr_array(dataset.val[tried])
    placed = {name: placed_users(name, scores, dataset, histories) for name in METHODS}
    recalls = {name: recall(EmbeddingScores(rows, scores.items), histories, held_out) for name, rows in placed.items()}
    return max(recalls, key=lambda name: recalls[name])


def placed_users(name: str, scores: EmbeddingScores, dataset: Dataset, histories: csr_array) -> Tensor:
    """Return embeddings of new users with a history, ``(V, D)``, which get the mean length of the trained ones."""
    users_of = dataset.item_counts.astype(np.float32)
    directions = normalize(METHODS[name](histories, scores.items, users_of), dim=1)
    return scores.users.norm(dim=1).mean() * directions


def recall(scores: Scores, histories: csr_array, held_out: csr_array) -> float:
    """Return the mean recall of held-out items, where rankings leave out the histories.

    Args:
        scores: of ``V`` users.
        histories: ``(V, num_items)``.
        held_out: ``(V, num_items)``.
    """
    users = torch.arange(histories.shape[0], device=scores.device)
    seen, relevant = (torch.from_numpy(coordinates(part)).to(scores.device) for part in (histories, held_out))
    items, _ = scored_top_items(scores, users, seen, PLACES)
    metrics = RankingMetrics([PLACES])
    return float(metrics.per_user(items, relevant)[:, metrics.names.index(f"recall@{PLACES}")].mean())
