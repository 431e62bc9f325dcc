"""Users and items without training interactions, and their placement by profiles."""

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
"""Maps profile embeddings ``(C, T)`` to node embeddings ``(C, D)``."""


class ColdNodes:
    """Users and items without training interactions.

    Args:
        train: training interactions, ``(num_users, num_items)``.
        cold: mask of nodes without training interactions, users first, ``(N,)`` bool.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; None if the model uses no text.
        aligner: aligner that may map profiles of cold nodes to embeddings.
        from_backbone: function by which the backbone maps profiles to embeddings; None if it has none.
        has_profile: mask of nodes whose profile embeddings are their own, users first, ``(N,)`` bool; all by default.
            Cold users without a profile get popular items, and cold items without a profile are recommended to nobody.
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
        """Return the scores of all users, with cold users and items placed.

        Args:
            placement: placement of cold users, and of cold items unless ``of_items`` is set.
            sources: embeddings of users ``(num_users, D)`` and of items ``(num_items, D)`` that are scored, in several
                versions that differ in cold nodes.
            of_items: placement of cold items.
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

        Cold nodes get the embeddings that the backbone maps profiles to, the means of their nearest nodes by profile,
        or the embeddings that the aligner maps profiles to. If the model reads no profiles, the only version is
        ``nodes``.
        """
        if self.profile_embeddings is None:
            yield nodes
            return
        if self.from_backbone is not None:
            ids = self.cold.nonzero()[:, 0].cpu()
            texts = self.profile_embeddings[ids].to(nodes)  # they are not on the GPU
            yield nodes.index_copy(0, ids.to(nodes.device), self.from_backbone(texts).to(nodes.dtype))
        yield self.with_means_of_neighbours(nodes)
        if self.aligner.supports_cold_start:
            cold = self.cold.to(nodes.device)
            yield fill_cold_embeddings(nodes, cold, self.train.shape[0], self.aligner, self.profile_embeddings)

    def with_means_of_neighbours(self, nodes: Tensor) -> Tensor:
        """Return node embeddings ``(N, D)`` in which cold nodes have the weighted mean of their nearest nodes."""
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
        """Return the cosines of cold users, or items, with their ``k`` nearest warm ones by profile, ``(n, n)``."""
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
    """Return the means of ``rows`` ``(m, D)`` weighted by ``weights`` ``(n, m)``, ``(n, D)``; zero for empty rows."""
    return (weights @ rows) / np.maximum(np.asarray(weights.sum(axis=1)), 1e-12)[:, None]
