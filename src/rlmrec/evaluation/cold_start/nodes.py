"""Users and items without training interactions, and the ways to place them by their profiles."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.aligners import Aligner
from rlmrec.backbones.scores import EmbeddingScores, Scores, SumOfScores
from rlmrec.backbones.text_neighbours import nearest_by_text
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.evaluation.cold_start.embeddings import fill_cold_embeddings
from rlmrec.evaluation.cold_start.mixed_scores import ColdSide, Placement, cold_item_scores, cold_user_scores

FromText = Callable[[Tensor], Tensor]
"""From profile embeddings ``(C, T)`` to node embeddings ``(C, D)``."""


class ColdNodes:
    """Users and items without training interactions.

    Args:
        train: training interactions, ``(num_users, num_items)``.
        cold: which nodes have none, users first, ``(N,)`` bool.
        profile_embeddings: users first, ``(N, T)``; None if the model uses no text.
        aligner: may give cold nodes embeddings from their profiles.
        from_backbone: gives them the embeddings of a backbone that follow from profiles, if it has such.
        has_profile: whose embeddings are of a profile of their own, users first, ``(N,)`` bool; all by default. Cold
            users without one get popular items, and cold items without one are recommended to nobody.
    """

    def __init__(
        self,
        train: csr_array,
        cold: Tensor,
        profile_embeddings: ProfileEmbeddings | None,
        aligner: Aligner,
        from_backbone: FromText | None = None,
        has_profile: np.ndarray | None = None,
    ) -> None:
        self.train, self.cold, self.aligner, self.from_backbone = train, cold, aligner, from_backbone
        self.users, self.items = (part.numpy() for part in cold.cpu().split(list(train.shape)))
        self.profile_embeddings = profile_embeddings
        self.has_profile = np.ones(len(cold), bool) if has_profile is None else has_profile
        self.users_with_profile, self.items_with_profile = np.split(self.has_profile, [train.shape[0]])
        self._nearest: dict[tuple[str, int], csr_array] = {}

    def scores(
        self, placement: Placement, sources: Sequence[tuple[Tensor, Tensor]], of_items: Placement | None = None
    ) -> Scores:
        """Return the scores of all users, in which cold users and items are placed in some way.

        Args:
            placement: how.
            sources: embeddings of users ``(num_users, D)`` and of items ``(num_items, D)`` that are scored, in several
                versions that differ in cold nodes.
            of_items: how items are placed; as users by default.
        """
        of_items = of_items or placement
        users, items = sources[placement.source][0], sources[of_items.source][1]
        parts: list[Scores] = []
        if self.users.any():
            cold = ColdSide(self.users, self.users_with_profile, self.nearest("users", placement.neighbours))
            users, items, added = cold_user_scores(users, items, self.train, cold, placement)
            parts += added
        if self.items.any() and self.profile_embeddings is not None:
            cold = ColdSide(self.items, self.items_with_profile, self.nearest("items", of_items.neighbours))
            users, items, added = cold_item_scores(users, items, self.train, cold, of_items)
            parts += added
        whole = EmbeddingScores(users, items)
        return SumOfScores(whole, *parts) if parts else whole

    def versions(self, nodes: Tensor) -> Iterator[Tensor]:
        """Yield versions of the node embeddings ``(N, D)`` that differ in cold nodes.

        They are what the backbone makes of profiles; or means of the nearest nodes by profile; or what the aligner
        makes of profiles. If the model reads no profiles they are as they are.
        """
        if self.profile_embeddings is None:
            yield nodes
            return
        if self.from_backbone is not None:
            ids = self.cold.nonzero()[:, 0].to(nodes.device)
            texts = self.profile_embeddings[ids].to(nodes)
            yield nodes.index_copy(0, ids, self.from_backbone(texts).to(nodes.dtype))
        yield self.with_means_of_neighbours(nodes)
        if self.aligner.supports_cold_start:
            cold = self.cold.to(nodes.device)
            yield fill_cold_embeddings(nodes, cold, self.train.shape[0], self.aligner, self.profile_embeddings)

    def with_means_of_neighbours(self, nodes: Tensor) -> Tensor:
        """Return node embeddings ``(N, D)`` in which cold nodes have the weighted mean of their nearest by profile."""
        placed = nodes.clone()
        num_users = self.train.shape[0]
        for kind, cold, side in (
            ("users", self.users, slice(num_users)),
            ("items", self.items, slice(num_users, None)),
        ):
            near = self.nearest(kind, Placement.neighbours)[np.flatnonzero(cold)]
            rows = torch.from_numpy(np.flatnonzero(cold)).to(nodes.device)
            placed[side][rows] = torch.from_numpy(weighted_means(near, nodes[side].float().cpu().numpy())).to(nodes)
        return placed

    def nearest(self, kind: str, k: int) -> csr_array:
        """Return the nearest warm users, or items, of cold ones by profile, a row for each user or item."""
        if (kind, k) not in self._nearest:
            start, cold, known = (0, self.users, self.users_with_profile)
            if kind == "items":
                start, cold, known = self.train.shape[0], self.items, self.items_with_profile
            found: Any = csr_array((len(cold), len(cold)), dtype=np.float32)
            if self.profile_embeddings is not None:
                rows, columns = np.flatnonzero(cold & known), np.flatnonzero(~cold & known)
                near = nearest_by_text(self.profile_embeddings, rows + start, columns + start, k).tocoo()
                found = csr_array((near.data, (rows[near.row], columns[near.col])), found.shape)
            self._nearest[kind, k] = found
        return self._nearest[kind, k]


def weighted_means(weights: csr_array, rows: np.ndarray) -> np.ndarray:
    """Return means of rows ``(m, D)`` by each row of weights ``(n, m)``, ``(n, D)``; zeros where there are none."""
    return (weights @ rows) / np.maximum(np.asarray(weights.sum(axis=1)), 1e-12)[:, None]
