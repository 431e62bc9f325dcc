"""Scores of users and items without training interactions, by what validation says of ways to place them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.aligners import Aligner
from rlmrec.backbones.scores import EmbeddingScores, Scores, SumOfScores
from rlmrec.backbones.text_neighbours import nearest_by_text
from rlmrec.data.loaders import coordinates
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.evaluation.cold_mixture import Placement, cold_item_scores, cold_user_scores
from rlmrec.evaluation.cold_start import fill_cold_embeddings
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranking import scored_top_items

TRIED_USERS = 1024
"""Validation users by whom ways to place cold nodes are compared."""
CERTAIN = {"popularity": 2.0}
"""Standard errors by which a change must be better, where it is not one: popularity is hard to beat by chance alone."""


STEPS: dict[str, Sequence[float]] = {
    "lift": (4.0, 2.0, 1.0, 0.0),
    "popularity": (10.0, 1.0, 0.0),
    "embeddings": (10.0, 0.1),
    "neighbours": (200, 10),
}
"""Other values of a placement, in the order in which they are tried."""


class ColdStart:
    """Places users and items without training interactions, as validation interactions of such nodes ask for.

    A cold user is scored like the nearest users by profile: by their interactions, by the embeddings that the model
    gives, and by how popular items are. A cold item is scored likewise by the nearest items, and lifted above others.
    It begins with popularity alone, and with the nearest items, ranked above all others. One after the other, weights
    are changed where that raises the monitored metric of validation users by more than its standard error, by twice
    that where popularity is given up. Where no validation interaction is of a cold user, popularity decides for them;
    where none is of a cold item, these have no lift.

    Args:
        train: training interactions, ``(num_users, num_items)``.
        val: validation interactions of the same shape.
        cold: which nodes have no training interactions, users first, ``(N,)`` bool.
        profile_embeddings: users first, ``(N, T)``; None if the model uses no text, so that popularity is all there is.
        metrics: of each user's ranking.
        monitor: name of the metric that decides, without its split.
        aligner: may give cold nodes embeddings from their profiles.
        keep: whether the backbone itself does.
    """

    def __init__(
        self,
        train: csr_array,
        val: csr_array,
        cold: Tensor,
        profile_embeddings: ProfileEmbeddings | None,
        metrics: RankingMetrics,
        monitor: str,
        aligner: Aligner,
        keep: bool = False,
    ) -> None:
        self.train, self.val, self.cold, self.aligner, self.keep = train, val, cold, aligner, keep
        num_users = train.shape[0]
        self.cold_users, self.cold_items = (part.numpy() for part in cold.cpu().split([num_users, train.shape[1]]))
        self.profile_embeddings = profile_embeddings
        self.metrics = metrics
        self.column = metrics.names.index(monitor)
        self._nearest: dict[tuple[str, int], csr_array] = {}

    @cached_property
    def tried_users(self) -> dict[str, np.ndarray]:
        """Return the validation users that tell of cold users, and of cold items, at most ``TRIED_USERS`` each."""
        held_out = np.diff(self.val.indptr) > 0
        of_items = np.asarray(self.val @ self.cold_items.astype(np.float32)) > 0
        chosen = {"users": held_out & self.cold_users, "items": of_items}
        return {kind: np.flatnonzero(users)[:TRIED_USERS] for kind, users in chosen.items()}

    def scores(self, sources: Sequence[tuple[Tensor, Tensor]], excluded: Tensor | None = None) -> Scores:
        """Return the scores of all users.

        Args:
            sources: embeddings of users ``(num_users, D)`` and of items ``(num_items, D)`` that are scored, in several
                versions that differ in cold nodes.
            excluded: which items are not ranked for anybody, ``(num_items,)`` bool.
        """
        best = Placement() if len(self.tried_users["items"]) else Placement(lift=0.0)
        tried = np.union1d(self.tried_users["users"], self.tried_users["items"])
        if not len(tried):
            return self._placed(best, sources)
        values = self._values(best, sources, tried, excluded)
        for candidate in self._candidates(best, len(sources)):
            changed = replace(best, **candidate)  # type: ignore[arg-type]
            other = self._values(changed, sources, tried, excluded)
            gains = other - values
            if gains.mean() > CERTAIN.get(next(iter(candidate)), 1.0) * gains.std() / len(gains) ** 0.5:
                best, values = changed, other
        return self._placed(best, sources)

    def _candidates(self, best: Placement, num_sources: int) -> Iterator[dict[str, float]]:
        """Yield the changes to try, without those that can have no effect."""
        for name, others in STEPS.items():
            if name == "lift" and not len(self.tried_users["items"]):
                continue
            if name == "popularity" and not len(self.tried_users["users"]):
                continue
            if name in ("embeddings", "neighbours", "popularity") and self.profile_embeddings is None:
                continue
            for value in others:
                yield {name: value}
        for source in range(1, num_sources):
            yield {"source": source}

    def _values(
        self, placement: Placement, sources: Sequence[tuple[Tensor, Tensor]], users: np.ndarray, excluded: Tensor | None
    ) -> np.ndarray:
        """Return the monitored metric of some validation users, ``(V,)``."""
        scores = self._placed(placement, sources)
        seen, relevant = (coordinates(csr_array(part[users])).to(scores.device) for part in (self.train, self.val))
        ids = torch.from_numpy(users).to(scores.device)
        items, _ = scored_top_items(scores, ids, seen, self.metrics.max_k, excluded)
        found = self.metrics.per_user(items, relevant)[:, self.column].double().cpu().numpy()
        return np.nan_to_num(found)

    def _placed(self, placement: Placement, sources: Sequence[tuple[Tensor, Tensor]]) -> Scores:
        users, items = sources[placement.source]
        parts: list[Scores] = []
        if self.cold_users.any():
            users, items, added = cold_user_scores(
                users, items, self.train, self.cold_users, self.nearest("users", placement.neighbours), placement
            )
            parts += added
        if self.cold_items.any() and self.profile_embeddings is not None:
            users, items, added = cold_item_scores(
                users, items, self.train, self.cold_items, self.nearest("items", placement.neighbours), placement
            )
            parts += added
        whole = EmbeddingScores(users, items)
        return SumOfScores(whole, *parts) if parts else whole

    def versions(self, nodes: Tensor) -> Iterator[Tensor]:
        """Yield versions of the node embeddings ``(N, D)`` that differ in cold nodes.

        They are as the backbone has them, if it knows how to place cold nodes, or if the model reads no profiles; or
        means of the nearest nodes by profile; or what the aligner makes of profiles.
        """
        if self.keep or self.profile_embeddings is None:
            yield nodes
        if self.profile_embeddings is not None:
            yield self.with_means_of_neighbours(nodes)
            if self.aligner.supports_cold_start:
                yield fill_cold_embeddings(nodes, self.cold.to(nodes.device), self.train.shape[0], self.aligner)

    def with_means_of_neighbours(self, nodes: Tensor) -> Tensor:
        """Return node embeddings ``(N, D)`` in which cold nodes have the weighted mean of their nearest by profile."""
        placed = nodes.clone()
        num_users = self.train.shape[0]
        for kind, cold, side in (
            ("users", self.cold_users, slice(num_users)),
            ("items", self.cold_items, slice(num_users, None)),
        ):
            near = self.nearest(kind, Placement.neighbours)[np.flatnonzero(cold)]
            sums = np.maximum(np.asarray(near.sum(axis=1)), 1e-12)[:, None]
            rows = torch.from_numpy(np.flatnonzero(cold)).to(nodes.device)
            placed[side][rows] = torch.from_numpy((near @ nodes[side].float().cpu().numpy()) / sums).to(nodes)
        return placed

    def nearest(self, kind: str, k: int) -> csr_array:
        """Return the nearest other users, or items, of cold ones by profile, a row for each user or item."""
        if (kind, k) not in self._nearest:
            start, cold = (0, self.cold_users) if kind == "users" else (self.train.shape[0], self.cold_items)
            found: Any = csr_array((len(cold), len(cold)), dtype=np.float32)
            if self.profile_embeddings is not None:
                rows, columns = np.flatnonzero(cold), np.flatnonzero(~cold)
                near = nearest_by_text(self.profile_embeddings, rows + start, columns + start, k).tocoo()
                found = csr_array((near.data, (rows[near.row], columns[near.col])), found.shape)
            self._nearest[kind, k] = found
        return self._nearest[kind, k]
