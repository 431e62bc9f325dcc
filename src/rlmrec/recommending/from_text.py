"""Scores of users and items that came after training, by their profiles."""

from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.aligners import NoAlignment
from rlmrec.backbones.scores import Scores, ScoresOfSome
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.cold_mixture import Placement
from rlmrec.evaluation.cold_nodes import ColdNodes
from rlmrec.evaluation.cold_scores import ColdStart
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.fusions import NoFusion
from rlmrec.recommending.blended_scores import BlendedScores
from rlmrec.recommending.fold_in import PLACES, FoldIn, recall
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.recommender import Recommender

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0)
"""Of profiles beside a history, where that of the history is 1."""


class FromText:
    """Scores newcomers by their profiles, as an evaluation scores users and items without interactions (``ColdStart``).

    These are scored like the nearest by profile: by their interactions, by embeddings that follow from the profile, and
    new users by how popular items are. How much each counts is told by some validation users who are taken for new.

    Fitted methods without embeddings take the interactions of the nearest users for the history of a new one; they
    cannot take in new items.

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

    def scores(self, grown: Dataset, placed: Tensor | None = None) -> Scores:
        """Return the scores of all users and items, newcomers included.

        Args:
            grown: the dataset with newcomers after its users and items; those without interactions are placed.
            placed: embeddings of new users, ``(grown.num_users - num_users, D)``, of which those with interactions are
                used.

        Raises:
            UserError: if the model cannot take in newcomers.
        """
        nodes = self._nodes(grown)
        if self.embeddings is None:
            return self._by_neighbours(nodes, grown)
        return nodes.scores(self.placement, self._sources(nodes, placed), self.placement_of_items)

    @cached_property
    def placement(self) -> Placement:
        """Return how new users are placed among the embeddings."""
        return self._chosen(self._judge, Placement(popularity=1.0))

    @cached_property
    def placement_of_items(self) -> Placement:
        """Return how new items are placed among the embeddings."""
        return self._chosen(self._everybody.pretending("items"), Placement(lift=0.0))

    def _chosen(self, judge: ColdStart | None, first: Placement) -> Placement:
        return first if judge is None else judge.chosen(self._sources(judge.nodes), first=first)

    @cached_property
    def weight(self) -> float:
        """Return how much the profile of a user counts whose history is 1."""
        judge = self._judge
        if judge is None:
            return WEIGHTS[0]
        if self.embeddings is None:
            text = self._by_neighbours(judge.nodes, self.dataset)
        else:
            text = judge.nodes.scores(self.placement, self._sources(judge.nodes))
        users = judge.tried_users["users"]
        histories, held_out = csr_array(self.dataset.train[users]), csr_array(self.dataset.val[users])
        by_history, by_text = self.by_history.scores(histories), ScoresOfSome(text, users)
        blends = (BlendedScores(by_history, by_text, torch.full((len(users),), weight)) for weight in WEIGHTS)
        return WEIGHTS[int(np.argmax([recall(blend, histories, held_out) for blend in blends]))]

    @cached_property
    def _everybody(self) -> ColdStart:
        metrics = RankingMetrics([PLACES])
        return ColdStart(self._nodes(self.dataset), self.dataset.val, metrics, f"recall@{PLACES}")

    @cached_property
    def _judge(self) -> ColdStart | None:
        return self._everybody.pretending("users")

    def _nodes(self, dataset: Dataset) -> ColdNodes:
        """Return the nodes of the dataset, of which newcomers without interactions are cold.

        So are users and items of the dataset without any, if the model's own scores place these.
        """
        train, known = dataset.train, (self.dataset.num_users, self.dataset.num_items)
        empty = (np.diff(train.indptr) == 0, np.asarray(train.sum(axis=0)) == 0)
        places_known = getattr(self.model, "cold_start", None) is not None
        new = [
            side & (places_known | (np.arange(len(side)) >= count)) for side, count in zip(empty, known, strict=True)
        ]
        texts, has_profile = dataset.profile_embeddings(one_sided=True), dataset.has_profile
        return ColdNodes(
            train, torch.from_numpy(np.concatenate(new)), texts, self.aligner, self.from_backbone, has_profile
        )

    @torch.no_grad()
    def _sources(self, nodes: ColdNodes, placed: Tensor | None = None) -> list[tuple[Tensor, Tensor]]:
        """Return embeddings of users and of items, one pair for each way to place those without interactions."""
        assert self.embeddings is not None
        shape, tables = nodes.train.shape, []
        for count, table in zip(shape, (self.embeddings.users, self.embeddings.items), strict=True):
            tables.append(torch.cat([table, table.new_zeros(count - len(table), table.shape[1])]))
        if placed is not None:
            tables[0][len(tables[0]) - len(placed) :] = placed
        users, items = shape
        return [version.split([users, items]) for version in nodes.versions(torch.cat(tables))]  # type: ignore[misc]

    def _by_neighbours(self, nodes: ColdNodes, grown: Dataset) -> Scores:
        model, name, found = self.model, type(self.model.backbone).__name__, None
        if grown.num_items > self.dataset.num_items:
            raise UserError(f"{name} cannot take in new items: train again with them")
        if isinstance(model, FittedRecommender):
            histories = csr_array(nodes.train + nodes.nearest("users", Placement.neighbours) @ nodes.train)
            found = model.backbone.fold_in(model.fitted, histories.astype(np.float32))
        if found is None:
            raise UserError(f"{name} cannot take in new users: train again with them")
        return found
