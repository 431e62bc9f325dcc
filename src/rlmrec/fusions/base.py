"""The interface of every fusion."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from rlmrec.data.model_part import ProfileModule
from rlmrec.data.profile_embeddings import ProfileEmbeddings

ROWS_AT_ONCE = 2**14


class Fusion(ProfileModule, ABC):
    """A combination of node embeddings and profile embeddings into scored embeddings of width ``F``.

    Recommendation losses and all scores use fused embeddings; alignment and self-supervised losses use the node
    embeddings of the backbone. Cold nodes get their node embeddings before fusion. The width ``F`` is ``scored_dim``:
    that of node embeddings, unless a fusion sets another.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``; None unless ``uses_profiles``.
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
        """Return the scored embeddings of some users.

        Args:
            rows: node embeddings of the users, ``(n, D)``.
            ids: node ids of the users, ``(n,)``.

        Returns:
            Scored embeddings, ``(n, F)``.
        """

    @abstractmethod
    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        """Return the scored embeddings of some items, as for users; node ids of items begin at ``num_users``."""

    def fuse(self, nodes: Tensor) -> Tensor:
        """Return the scored embeddings of all nodes, computed in chunks: ``(N, D)`` to ``(N, F)``."""
        parts = []
        for fuse, first, last in ((self.fuse_users, 0, self.num_users), (self.fuse_items, self.num_users, len(nodes))):
            for start in range(first, last, ROWS_AT_ONCE):
                ids = slice(start, min(start + ROWS_AT_ONCE, last))
                parts.append(fuse(nodes[ids], ids))
        return torch.cat(parts)


class SameForBoth(Fusion):
    """A fusion that treats users and items alike."""

    @abstractmethod
    def fused(self, rows: Tensor, texts: Tensor) -> Tensor:
        """Return the scored embeddings of some nodes.

        Args:
            rows: node embeddings, ``(n, D)``.
            texts: profile embeddings of the same nodes, ``(n, T)``.

        Returns:
            Scored embeddings, ``(n, F)``.
        """

    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self.fused(rows, self.profile_embeddings[ids].to(rows))

    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self.fuse_users(rows, ids)
