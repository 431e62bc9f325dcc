"""The interface of every fusion."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from rlmrec.data.model_part import ProfileModule
from rlmrec.data.profile_embeddings import ProfileEmbeddings

ROWS_AT_ONCE = 2**14


class Fusion(ProfileModule, ABC):
    """Changes what is scored: node embeddings and profile embeddings become scored embeddings, ``F`` wide.

    Terms that learn to recommend and all scores see fused embeddings; alignment and self-supervised terms see node
    embeddings as the backbone makes them, and cold nodes are filled before they are fused. The width ``F`` is
    ``scored_dim``: that of node embeddings, unless a fusion sets another.

    Args:
        profile_embeddings: users first, ``(N, T)``; None unless ``uses_profiles``.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
    """

    def __init__(self, profile_embeddings: ProfileEmbeddings | None, num_users: int, output_dim: int) -> None:
        super().__init__()
        if profile_embeddings is not None:
            self.register_profiles(profile_embeddings)
        self.num_users = num_users
        self.scored_dim = output_dim

    @abstractmethod
    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        """Return what is scored of some users.

        Args:
            rows: their node embeddings, ``(n, D)``.
            ids: their node ids, ``(n,)``.

        Returns:
            ``(n, F)``.
        """

    @abstractmethod
    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        """Return what is scored of some items, as for users; their node ids begin at ``num_users``."""

    def fuse(self, nodes: Tensor) -> Tensor:
        """Return what is scored of all nodes, some thousand at a time: ``(N, D)`` to ``(N, F)``."""
        parts = []
        for fuse, first, last in ((self.fuse_users, 0, self.num_users), (self.fuse_items, self.num_users, len(nodes))):
            for start in range(first, last, ROWS_AT_ONCE):
                ids = slice(start, min(start + ROWS_AT_ONCE, last))
                parts.append(fuse(nodes[ids], ids))
        return torch.cat(parts)


class SameForBoth(Fusion):
    """A fusion that does the same for users and items."""

    @abstractmethod
    def fused(self, rows: Tensor, texts: Tensor) -> Tensor:
        """Return what is scored.

        Args:
            rows: node embeddings, ``(n, D)``.
            texts: profile embeddings of the same nodes, ``(n, T)``.

        Returns:
            ``(n, F)``.
        """

    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self.fused(rows, self.profile_embeddings[ids].to(rows))

    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self.fuse_users(rows, ids)
