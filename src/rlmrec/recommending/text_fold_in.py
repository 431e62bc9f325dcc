"""Scores of users and items added after training, computed from their profiles."""

from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.aligners import NoAlignment
from rlmrec.backbones.scores import Scores, ScoresOfSome
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from rlmrec.evaluation.cold_start.mixed_scores import Placement
from rlmrec.evaluation.cold_start.nodes import ColdNodes
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.fusions import NoFusion
from rlmrec.recommending.blended_scores import BlendedScores
from rlmrec.recommending.fold_in import PLACES, FoldIn, recall
from rlmrec.training.recommender import Recommender

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0)
"""Candidate weights of the profile relative to the history."""


class TextFoldIn:
    """Scores newcomers by their profiles, as the evaluation scores users and items without interactions.

    ``ColdStart`` scores them like their nearest neighbours by profile: by the neighbours' interactions, by embeddings
    computed from the profile, and for new users by item popularity. The weights are chosen on validation users who are
    treated as new.

    Fitted methods without embeddings use the interactions of the nearest users as the history of a new user; they
    do not support new items.

    Args:
        by_history: scores new users by their items.
    """

    def __init__(self, by_history: FoldIn) -> None:
        self.by_history, self.embeddings, self.dataset = by_history, by_history.embeddings, by_history.dataset
        self.model = model = by_history.model
        fused = isinstance(model, Recommender) and not isinstance(model.fusion, NoFusion)
        self.aligner = NoAlignment() if fused else model.aligner
        places = model.backbone.supports_cold_start and not fused
        self.from_backbone = model.backbone.embeddings_from_text if places else None

    def scores(self, grown: Dataset) -> Scores:
        """Return the scores of all users and items, including newcomers.

        Args:
            grown: dataset with newcomers after its users and items; those without interactions are placed by profile.

        Raises:
            UserError: if the model does not support newcomers.
        """
        self.refuse_new_items(grown)
        nodes = self.nodes(grown)
        if self.embeddings is None:
            return self._by_neighbours(nodes)
        return nodes.scores(self.placement, self.sources(nodes), self.placement_of_items)

    def refuse_new_items(self, grown: Dataset) -> None:
        """Refuse items added after training if the model does not support them.

        Raises:
            UserError: if it does not.
        """
        if self.embeddings is None and grown.num_items > self.dataset.num_items:
            raise UserError(f"{type(self.model.backbone).__name__} cannot take in new items: train again with them")

    @cached_property
    def placement(self) -> Placement:
        """Return how new users are placed among the embeddings."""
        return self._chosen(self._judge, Placement(popularity=1.0))

    @cached_property
    def placement_of_items(self) -> Placement:
        """Return how new items are placed among the embeddings."""
        return self._chosen(self._everybody.pretending("items"), Placement(lift=0.0))

    def _chosen(self, judge: ColdStart | None, first: Placement) -> Placement:
        return first if judge is None else judge.chosen(self.sources(judge.nodes), first=first)

    @cached_property
    def weight(self) -> float:
        """Return the weight of a user's profile relative to the history, chosen on validation users."""
        judge = self._judge
        if judge is None:
            return WEIGHTS[0]
        if self.embeddings is None:
            text = self._by_neighbours(judge.nodes)
        else:
            text = judge.nodes.scores(self.placement, self.sources(judge.nodes))
        users = judge.tried_users["users"]
        histories, held_out = csr_array(self.dataset.train[users]), csr_array(self.dataset.val[users])
        by_history, by_text = self.by_history.scores(histories), ScoresOfSome(text, users)
        blends = (BlendedScores(by_history, by_text, torch.full((len(users),), weight)) for weight in WEIGHTS)
        return WEIGHTS[int(np.argmax([recall(blend, histories, held_out) for blend in blends]))]

    @cached_property
    def _everybody(self) -> ColdStart:
        metrics = RankingMetrics([PLACES])
        return ColdStart(self.nodes(self.dataset), self.dataset.val, metrics, f"recall@{PLACES}")

    @cached_property
    def _judge(self) -> ColdStart | None:
        return self._everybody.pretending("users")

    def nodes(self, dataset: Dataset) -> ColdNodes:
        """Return the nodes of a dataset, where newcomers without interactions are cold.

        Known users and items without interactions are also cold if the model itself places them by profile.
        """
        train, known = dataset.train, (self.dataset.num_users, self.dataset.num_items)
        empty = (np.diff(train.indptr) == 0, dataset.item_counts == 0)
        places_known = getattr(self.model, "cold_start", None) is not None
        new = [
            side & (places_known | (np.arange(len(side)) >= count)) for side, count in zip(empty, known, strict=True)
        ]
        texts, has_profile = dataset.profile_embeddings(one_sided=True), dataset.has_profile
        return ColdNodes(
            train, torch.from_numpy(np.concatenate(new)), texts, self.aligner, self.from_backbone, has_profile
        )

    @torch.no_grad()
    def sources(self, nodes: ColdNodes) -> list[tuple[Tensor, Tensor]]:
        """Return pairs of user and item embeddings, one for each way to place nodes without interactions."""
        assert self.embeddings is not None
        shape, tables = nodes.train.shape, []
        for count, table in zip(shape, (self.embeddings.users, self.embeddings.items), strict=True):
            tables.append(torch.cat([table, table.new_zeros(count - len(table), table.shape[1])]))
        users, items = shape
        return [version.split([users, items]) for version in nodes.versions(torch.cat(tables))]  # type: ignore[misc]

    def _by_neighbours(self, nodes: ColdNodes) -> Scores:
        histories = csr_array(nodes.train + nodes.nearest("users", Placement.neighbours) @ nodes.train)
        return self.by_history.scores(histories.astype(np.float32))
