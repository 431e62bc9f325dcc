"""The LightningModule that validates and tests any model with scores of users x items."""

from abc import ABC, abstractmethod
from typing import Any, NoReturn

import pytorch_lightning as L
import torch
from torch import Tensor
from torch.distributed import all_reduce

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone, FittedBackbone
from rlmrec.backbones.scores import EmbeddingScores, Scores
from rlmrec.common.errors import UserError
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranked_lists import RankedLists
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.graph import EvaluationBatch
from rlmrec.training.ranking_settings import RankingSettings


class Ranker(L.LightningModule, ABC):
    """A model whose scores rank all items for every user.

    Args:
        backbone: backbone that provides the scores.
        aligner: aligner of node embeddings with text.
        dataset_identity: identity of the dataset that stored weights belong to, e.g. name, sizes and fingerprint.
        seed: seed of all random draws.
        ranking: settings of ranking and metrics.

    Raises:
        UserError: if the monitored metric is not measured.
    """

    backbone: Backbone | FittedBackbone
    cold: Tensor
    unranked_items: Tensor | None
    """Mask of the items that are never ranked, ``(num_items,)`` bool; None if all items are ranked."""

    def __init__(
        self,
        backbone: Backbone | FittedBackbone,
        aligner: Aligner,
        dataset_identity: dict[str, Any],
        seed: int,
        ranking: RankingSettings | None = None,
    ) -> None:
        super().__init__()
        ranking = ranking or RankingSettings()
        protocol, cold = ranking.protocol, ranking.cold
        cold = torch.zeros(backbone.num_users + backbone.num_items, dtype=torch.bool) if cold is None else cold
        self.backbone = backbone
        self.aligner = aligner
        self.dataset_identity = dataset_identity
        self.seed = seed
        self.register_buffer("cold", cold, persistent=False)
        unranked = None if ranking.item_pool is None else torch.from_numpy(~ranking.item_pool)
        self.register_buffer("unranked_items", unranked, persistent=False)
        self.metrics = RankingMetrics(protocol.ks, protocol.metrics)
        self.list_metrics = ranking.list_metrics
        self.monitor = self.metrics.checked_monitor(protocol.monitor)
        self.per_user = torch.empty(0)

    @property
    def uses_profiles(self) -> bool:
        """Return whether any part of the model uses profile embeddings."""
        return self.dataset_identity.get("profiles_sha256") is not None

    @abstractmethod
    def scores(self) -> Scores:
        """Return the scores to rank by.

        Raises:
            UserError: if scores are not finite.
        """

    def embed(self) -> tuple[Tensor, Tensor]:
        """Return embeddings whose dot products rank items: users ``(num_users, D)`` and items ``(num_items, D)``.

        Raises:
            UserError: if the scores are not dot products of embeddings.
        """
        scores = self.scores()
        if not isinstance(scores, EmbeddingScores):
            name = type(self.backbone).__name__
            raise UserError(f"{name} has no embeddings of users and items: its scores come from other matrices")
        return scores.users, scores.items

    def on_validation_epoch_start(self) -> None:
        self.current_scores = self.scores()
        # The first column marks evaluated users; each user is ranked by exactly one process.
        shape = self.backbone.num_users, len(self.metrics.names) + 1
        self.per_user = torch.zeros(shape, dtype=torch.float32, device=self.device)

    def validation_step(self, batch: EvaluationBatch, batch_idx: int) -> None:
        self._rank(batch)

    def on_validation_epoch_end(self) -> None:
        self._finish_evaluation("val")

    def on_test_epoch_start(self) -> None:
        self.on_validation_epoch_start()
        self.lists = RankedLists(self.backbone.num_users, self.metrics.max_k, self.device)

    def test_step(self, batch: EvaluationBatch, batch_idx: int) -> None:
        self.lists.add(batch.users, *self._rank(batch))

    def on_test_epoch_end(self) -> None:
        self._finish_evaluation("test")
        if self.trainer.world_size > 1:
            self.lists.gather()
        if self.list_metrics is not None:
            found, k = self.list_metrics(self.lists), self.metrics.max_k
            self.log_dict({f"test/{name}@{k}": torch.tensor(value) for name, value in found.items()})

    def _rank(self, batch: EvaluationBatch) -> tuple[Tensor, Tensor]:
        """Return items and scores of the rankings of a chunk of users, each ``(V, K)``; store the users' metrics."""
        k = self.metrics.max_k
        if not len(batch.users):  # there are fewer users than processes
            return batch.users.new_empty(0, k), self.per_user.new_empty(0, k)
        items, scores = scored_top_items(self.current_scores, batch.users, batch.seen, k, self.unranked_items)
        values = self.metrics.per_user(items, batch.held_out)
        self.per_user[batch.users] = torch.cat([torch.ones_like(values[:, :1]), values], dim=1)
        return items, scores

    def _finish_evaluation(self, split: str) -> None:
        """Average over evaluated users; sums over processes only add zeros, so the results are exact."""
        del self.current_scores
        if self.trainer.world_size > 1:
            all_reduce(self.per_user)
        evaluated = self.per_user[:, 0] > 0
        means = self.per_user[evaluated, 1:].double().mean(0).cpu()  # all in one transfer
        self.per_user = self.per_user[:, 1:].masked_fill(~evaluated[:, None], torch.nan)
        self.log_dict({f"{split}/{name}": mean for name, mean in zip(self.metrics.names, means, strict=True)})

    def refuse_other_dataset(self, fitted_on: Any) -> None:
        """Refuse weights that were trained on another dataset.

        Args:
            fitted_on: identity of the dataset stored with the weights.

        Raises:
            UserError: if it differs from that of this model.
        """
        if fitted_on != self.dataset_identity:
            raise UserError(
                f"the checkpoint was trained on {str(fitted_on)[:500]}, but the chosen dataset is "
                f"{self.dataset_identity}; "
                "choose the dataset it was trained on"
            )

    @classmethod
    def load_from_checkpoint(cls, *_: Any, **__: Any) -> NoReturn:
        """Refuse: a checkpoint holds only weights, and a model is built from its run's options and data.

        Raises:
            UserError: always; the message names the alternative.
        """
        raise UserError(
            f"{cls.__name__}.load_from_checkpoint: use rlmrec.load('outputs/...').model with the run's folder"
        )
