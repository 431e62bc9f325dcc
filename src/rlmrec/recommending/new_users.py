"""Scores of users added after training, by items, profile or both, computed for these users alone."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import normalize, pad

from rlmrec.backbones.neighbours import top_of_rows
from rlmrec.backbones.scores import EmbeddingScores, MatrixScores, Scores, SumOfScores
from rlmrec.common.errors import MissingFilesError
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.cold_start.mixed_scores import ColdSide, Placement, cold_item_scores, cold_user_scores
from rlmrec.evaluation.cold_start.nodes import ColdNodes, weighted_means
from rlmrec.recommending.blended_scores import BlendedScores
from rlmrec.recommending.near_users import NearUsers
from rlmrec.recommending.newcomers import Newcomers, refuse_repeated, with_columns
from rlmrec.recommending.text_fold_in import TextFoldIn


class NewUsers:
    """Scores new users as ``ColdNodes`` scores cold users of a dataset that includes them.

    Everything that depends on the dataset alone is computed once, so that a request costs little more than comparing
    its profiles with those of all users. The scores of a new user do not depend on other new users.

    Args:
        text_fold_in: decides how newcomers are placed.
        dataset: dataset that the model was trained on, possibly with new items.
    """

    def __init__(self, text_fold_in: TextFoldIn, dataset: Dataset) -> None:
        self.text_fold_in, self.dataset = text_fold_in, dataset

    @cached_property
    def nodes(self) -> ColdNodes:
        """Return the users and items of the dataset, some of which may be cold themselves."""
        return self.text_fold_in.nodes(self.dataset)

    @torch.no_grad()
    def scores(self, users: Newcomers, histories: csr_array) -> Scores:
        """Return the scores of ``V`` new users.

        Args:
            users: new users with their profiles; those without a profile need a history, and those with both are scored
                by both.
            histories: canonical matrix with ones for interactions of new users, ``(V, num_items)`` float32, without
                columns for new items.

        Raises:
            MissingFilesError: if the dataset has no profile embeddings to compare those of new users with.
            UserError: if a user occurs twice, or the model does not support new users or items.
        """
        refuse_repeated("user", users)
        by_profile, known = users.has_profile, np.diff(histories.indptr) > 0
        if users.embeddings is None or not by_profile.any():
            return self.by_history(histories)
        if self.dataset.user_embeddings is None:
            name = self.dataset.name
            raise MissingFilesError(f"users of {name} have no profile embeddings to compare new ones with")
        by_text = self.by_profile(users.embeddings, by_profile)
        if not known.any():
            return by_text
        both = known & by_profile
        weights = np.where(known, both * (self.text_fold_in.weight if both.any() else 0.0), np.inf)
        return BlendedScores(self.by_history(histories), by_text, torch.from_numpy(weights.astype(np.float32)))

    def by_history(self, histories: csr_array) -> Scores:
        """Return scores that only depend on the histories of users, ``(V, num_items)``."""
        self.text_fold_in.refuse_new_items(self.dataset)
        found = self.text_fold_in.by_history.scores(histories)
        if self.text_fold_in.embeddings is None or not isinstance(found, EmbeddingScores):
            return found
        items, by_items = self._items
        rows = _with_ones(pad(found.users, (0, 1)), items)  # popularity has weight 0
        parts = [] if by_items is None else [MatrixScores(with_columns(histories, len(items)), by_items)]
        return SumOfScores(EmbeddingScores(rows, items), *parts)

    def by_profile(self, texts: np.ndarray, has_profile: np.ndarray) -> Scores:
        """Return scores that only depend on profiles.

        Args:
            texts: profile embeddings, ``(V, T)``.
            has_profile: which of them belong to a profile, ``(V,)`` bool; other users get popular items.
        """
        self.text_fold_in.refuse_new_items(self.dataset)
        rows = torch.from_numpy(texts)
        if self.text_fold_in.embeddings is None:
            near = self._near_users.of(rows, Placement.neighbours)
            return self.text_fold_in.by_history.scores(csr_array(near @ self.nodes.train).astype(np.float32))
        placement = self.text_fold_in.placement
        near = self._near_users.of(rows, max(Placement.neighbours, placement.neighbours))
        placed = self._ways[placement.source](rows, top_of_rows(near.copy(), Placement.neighbours))
        side = ColdSide(np.ones(len(texts), bool), has_profile, top_of_rows(near, placement.neighbours))
        mixed, _, parts = cold_user_scores(placed, self._sources[1], self.nodes.train, side, placement)
        items, _ = self._items
        return SumOfScores(EmbeddingScores(_with_ones(mixed, items), items), *parts)

    @cached_property
    def _ways(self) -> list[Callable[[Tensor, csr_array], Tensor]]:
        """Return functions that embed profiles ``(V, T)`` with their nearest users, in the order of ``versions``."""
        table = self.text_fold_in.embeddings
        assert table is not None
        users, aligner, from_backbone = table.users, self.nodes.aligner, self.nodes.from_backbone
        as_numbers = users.float().cpu().numpy()

        def as_neighbours(_: Tensor, near: csr_array) -> Tensor:
            return torch.from_numpy(weighted_means(near, as_numbers)).to(users)

        ways: list[Callable[[Tensor, csr_array], Tensor]] = [as_neighbours]
        if from_backbone is not None:
            ways = [lambda texts, _: from_backbone(texts.to(users)).to(users.dtype), *ways]
        if aligner.supports_cold_start:
            warm = users[torch.from_numpy(~self.nodes.users).to(users.device)] if self.nodes.users.any() else users
            length = warm.norm(dim=1).mean()
            ways.append(lambda texts, _: length * normalize(aligner.embeddings_from_text(texts.to(users), warm), dim=1))
        return ways

    @cached_property
    def _near_users(self) -> NearUsers:
        rows = np.flatnonzero(~self.nodes.users & self.nodes.users_with_profile)
        assert self.nodes.profile_embeddings is not None
        return NearUsers(self.nodes.profile_embeddings[torch.from_numpy(rows)], rows, self.nodes.train.shape[0])

    @cached_property
    def _sources(self) -> tuple[Tensor, Tensor]:
        """Return the embeddings of users and items that are scored."""
        table = self.text_fold_in.embeddings
        if table is not None and not self.nodes.cold.any():
            return table.users, table.items
        sources = self.text_fold_in.sources(self.nodes)
        of_items = self.text_fold_in.placement_of_items.source if self.nodes.items.any() else 0  # slow to determine
        return sources[self.text_fold_in.placement.source][0], sources[of_items][1]

    @cached_property
    def _items(self) -> tuple[Tensor, csr_array | np.ndarray | None]:
        """Return the embeddings of items, and the contribution of histories to scores of cold items.

        The embeddings have an additional column for popularity, and one for constants if some items are cold. The
        contribution is an items x items matrix; None if no item is cold.
        """
        users, items = self._sources
        nodes, placement = self.nodes, self.text_fold_in.placement
        near: Any = csr_array((len(users), len(users)), dtype=np.float32)
        if nodes.users.any():
            near = nodes.nearest("users", placement.neighbours)
        cold = ColdSide(nodes.users, nodes.users_with_profile, near)
        users, items, _ = cold_user_scores(users, items, nodes.train, cold, placement)
        if not nodes.items.any():
            return items, None
        of_items = self.text_fold_in.placement_of_items
        cold = ColdSide(nodes.items, nodes.items_with_profile, nodes.nearest("items", of_items.neighbours))
        _, items, added = cold_item_scores(users, items, nodes.train, cold, of_items)
        by_items = [part.others[-1] for part in added if isinstance(part, MatrixScores)]
        return items, by_items[0] if by_items else None


def _with_ones(rows: Tensor, items: Tensor) -> Tensor:
    """Return rows padded with a column of ones if they are narrower than those of items."""
    return pad(rows, (0, items.shape[1] - rows.shape[1]), value=1.0)
