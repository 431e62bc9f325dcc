"""Scores of users unseen in training, computed from their items."""

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
from rlmrec.evaluation.cold_start.chosen_placement import evenly_spread
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.fusions import NoFusion
from rlmrec.graph import Interactions
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.ranker import Ranker
from rlmrec.training.recommender import Recommender

TRIED_USERS = 2048
"""Maximum number of users with validation items on whom the methods are compared."""
RIDGES = (0.01, 0.1, 1.0, 10.0)
"""Regularisation strengths of the regression, relative to the mean square of the item embeddings' columns."""
PLACES = 20
"""List length of the recall by which methods are compared."""

FoldInMethod = Callable[[csr_array, Tensor, np.ndarray], Tensor]
"""Maps histories ``(V, I)``, item embeddings ``(I, D)`` and users per item ``(I,)`` to user embeddings ``(V, D)``."""


class FoldIn:
    """Scores new users by their items, with item embeddings and parameters as trained.

    Fitted methods and backbones that encode a user's items compute exact scores. Other models embed a new user from the
    embeddings of the items in the history, by propagation or regression, whichever has the highest recall of validation
    items when the training items of known users serve as histories.

    Args:
        model: trained model.
        embeddings: embeddings of users and items, if the model has any.
        dataset: dataset that the model was trained on.
    """

    def __init__(self, model: Ranker, embeddings: EmbeddingScores | None, dataset: Dataset) -> None:
        self.model, self.embeddings, self.dataset = model, embeddings, dataset

    @torch.no_grad()
    def scores(self, histories: csr_array) -> Scores:
        """Return the scores of new users, as dot products of embeddings if the model has any.

        Args:
            histories: canonical matrix with ones for interactions of new users, ``(V, num_items)`` float32.

        Raises:
            UserError: if the model does not support new users.
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
        """Return the backbone's own embeddings of new users; None if it has none, or a fusion changes those scored."""
        if isinstance(self.model, Recommender) and isinstance(self.model.fusion, NoFusion):
            return self.model.backbone.fold_in(histories)
        return None

    @cached_property
    def method(self) -> str:
        """Return the name of the method that embeds new users."""
        assert self.embeddings is not None
        return best_method(self.embeddings, self.dataset)


def histories_of(num_items: int, items: Sequence[np.ndarray]) -> csr_array:
    """Return a canonical matrix with ones for the interactions of users, ``(V, num_items)`` float32.

    Args:
        num_items: number of items.
        items: internal ids of each user's items.
    """
    columns = np.concatenate([*items, np.zeros(0, np.int64)])
    rows = np.repeat(np.arange(len(items)), [len(part) for part in items])
    return Interactions(torch.from_numpy(rows), torch.from_numpy(columns), len(items), num_items).matrix()


def propagated(histories: csr_array, items: Tensor, users_of: np.ndarray) -> Tensor:
    """Embed users by one step of graph propagation, which gives items with many users less weight."""
    weights = (np.maximum(users_of, 1) ** -0.5).astype(np.float32)
    return torch.from_numpy(histories @ (weights[:, None] * items.cpu().numpy())).to(items.device)


def ridge_regression(strength: float) -> FoldInMethod:
    """Return a method that embeds users by ridge regression of their history on all item embeddings.

    Args:
        strength: regularisation, relative to the mean square of the embeddings' columns.
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
    """Return the name of the method with the highest recall of validation items; the first one if there are none."""
    with_both = np.diff(dataset.val.indptr).astype(bool) & np.diff(dataset.train.indptr).astype(bool)
    tried = np.flatnonzero(evenly_spread(with_both, most=TRIED_USERS))
    if not len(tried):
        return next(iter(METHODS))
    histories, held_out = csr_array(dataset.train[tried]), csr_array(dataset.val[tried])
    placed = {name: placed_users(name, scores, dataset, histories) for name in METHODS}
    recalls = {name: recall(EmbeddingScores(rows, scores.items), histories, held_out) for name, rows in placed.items()}
    return max(recalls, key=lambda name: recalls[name])


def placed_users(name: str, scores: EmbeddingScores, dataset: Dataset, histories: csr_array) -> Tensor:
    """Return embeddings of new users, ``(V, D)``, scaled to the mean norm of the trained user embeddings."""
    users_of = dataset.item_counts.astype(np.float32)
    directions = normalize(METHODS[name](histories, scores.items, users_of), dim=1)
    return scores.users.norm(dim=1).mean() * directions


def recall(scores: Scores, histories: csr_array, held_out: csr_array) -> float:
    """Return the mean recall of held-out items in rankings that exclude the histories.

    Args:
        scores: scores of ``V`` users.
        histories: interactions of these users to exclude, ``(V, num_items)``.
        held_out: interactions to find, ``(V, num_items)``.
    """
    users = torch.arange(histories.shape[0], device=scores.device)
    seen, relevant = (torch.from_numpy(coordinates(part)).to(scores.device) for part in (histories, held_out))
    items, _ = scored_top_items(scores, users, seen, PLACES)
    metrics = RankingMetrics([PLACES]).to(scores.device)
    return float(metrics.per_user(items, relevant)[:, metrics.names.index(f"recall@{PLACES}")].mean())
