"""The LightningModule that trains: the only place that combines backbone, alignment, optimizer and losses."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from pydantic import NonNegativeFloat
from pytorch_lightning.loops.optimization.automatic import ClosureResult
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone, Encoding
from rlmrec.backbones.scores import EmbeddingScores, Scores
from rlmrec.common.errors import UserError
from rlmrec.common.seeding import derive_seed, seed_draws
from rlmrec.data.negatives.base import Score
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from rlmrec.fusions import Fusion, NoFusion
from rlmrec.graph import Batch
from rlmrec.training.learning_rate import made_optimizer, made_scheduler
from rlmrec.training.loss_means import LossMeans
from rlmrec.training.ranker import Ranker
from rlmrec.training.ranking_settings import RankingSettings

if TYPE_CHECKING:
    from rlmrec.training.captured_steps import CapturedSteps

DIVERGED = "training diverged: embeddings hold NaN or infinite values; lower optimizer.lr or the weights"


class Recommender(Ranker):
    """A backbone trained with its own losses, an alignment, and L2 over all regularised parameters (quirk Q4).

    Args:
        backbone: backbone that propagates and scores.
        aligner: aligner of node embeddings with text.
        optimizer: factory, called with the parameters.
        dataset_identity: identity of the dataset that a checkpoint belongs to, e.g. name, sizes and fingerprint.
        seed: seed of the run, which together with the step number determines all random draws of a training step.
        reg_weight: weight of the sum of squares of all ``regularised_parameters``.
        scheduler: factory of the learning rate schedule, called with the optimizer; it steps once per epoch.
        choose_negatives: function of a batch and its scores that selects among several negatives per pair.
        ranking: settings of ranking and metrics.
        fusion: fusion into scored embeddings; by default none.
        cold_start: placement of users and items without training interactions; by default their embeddings are scored.

    Raises:
        UserError: if the monitored metric is not measured.
    """

    backbone: Backbone

    def __init__(
        self,
        backbone: Backbone,
        aligner: Aligner,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        dataset_identity: dict[str, Any],
        seed: int,
        reg_weight: NonNegativeFloat = 1e-6,
        scheduler: Callable[[Optimizer], LRScheduler] | None = None,
        choose_negatives: Callable[[Batch, Score], Batch] | None = None,
        ranking: RankingSettings | None = None,
        fusion: Fusion | None = None,
        cold_start: ColdStart | None = None,
    ) -> None:
        super().__init__(backbone, aligner, dataset_identity, seed, ranking)
        self.fusion = NoFusion(None, backbone.num_users, backbone.output_dim) if fusion is None else fusion
        self.cold_start = cold_start
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.reg_weight = reg_weight
        self.choose_negatives = choose_negatives
        self.last_validation: dict[str, Tensor] = {}
        self.loss_means = LossMeans()
        self.step_seeds: dict[int, int] = {}
        self.captured_steps: CapturedSteps | None = None

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = made_optimizer(self.make_optimizer, self, self.backbone)
        if self.make_scheduler is None:
            return optimizer
        scheduler = made_scheduler(self.make_scheduler, optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": self.monitor}}

    def on_train_start(self) -> None:
        self.loss_means = LossMeans()
        # In a resumed run, schedulers may read the metric before the next validation.
        self.trainer.callback_metrics.update(self.last_validation)

    def loss_terms(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """Return all named scalar loss terms of a training step with their weights applied.

        Raises:
            ValueError: if two parts give a term the same name.
        """
        batch = batch if self.backbone.uses_negatives else batch._replace(negatives=None)
        self.backbone.static_shapes = batch.weights is not None
        terms = [self.backbone.resample(batch_idx)]
        initial, masked = self.aligner.corrupt(self.backbone.initial_embeddings)
        self.backbone.set_active_nodes(self._active_nodes(batch, masked))
        plain = self.backbone.encode(initial)
        encoding = replace(plain, fuse_users=self.fusion.fuse_users, fuse_items=self.fusion.fuse_items)
        batch = self._with_chosen_negatives(batch, encoding)
        terms.append(self.backbone.losses(encoding, batch))
        terms.append(self.aligner.losses(encoding.nodes, batch, masked))
        parts = (self.backbone, self.aligner, self.fusion)
        squares = torch.stack([p.square().sum() for part in parts for p in part.regularised_parameters()])
        terms.append({"reg": self.reg_weight * squares.sum()})
        names = ["loss", *(name for part in terms for name in part)]  # loss: their sum
        if len(set(names)) < len(names):
            raise ValueError(f"two parts of the model give a loss term the same name: {sorted(names)}")
        return {name: value for part in terms for name, value in part.items()}

    def _active_nodes(self, batch: Batch, masked: Tensor | None) -> Tensor:
        """Return the ids of the nodes whose embeddings the losses of a step read."""
        if self.aligner.reads_all_nodes:
            return torch.arange(len(self.cold), device=self.device)
        used = batch.node_ids(self.backbone.num_users)
        return torch.cat(used if masked is None else [*used, masked])

    def _with_chosen_negatives(self, batch: Batch, encoding: Encoding) -> Batch:
        if batch.negatives is None or self.choose_negatives is None:
            return batch
        return self.choose_negatives(batch, partial(self.backbone.pair_scores, encoding))

    def on_train_epoch_start(self) -> None:
        steps = range(self.global_step, self.global_step + int(self.trainer.num_training_batches))
        self.step_seeds = {step: derive_seed(self.seed, "step", step) for step in steps}

    def seed_step(self) -> None:
        """Seed the draws of the coming batch by the seed of the run and the number of the batch."""
        step = self.global_step
        if self._trainer is not None and self._trainer.accumulate_grad_batches > 1:
            step = self._trainer.fit_loop.epoch_loop.total_batch_idx
        seed_draws(self.step_seeds.get(step) or derive_seed(self.seed, "step", step), self.device)

    def summed_loss(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the sum of all loss terms of a training step, a scalar; record each term for logging."""
        terms = self.loss_terms(batch, batch_idx)
        values = torch.stack(list(terms.values()))
        loss = values.sum()
        pairs = len(batch.users) if batch.weights is None else batch.weights.sum()
        self.loss_means.add([*terms, "loss"], torch.cat([values, loss[None]]), pairs)
        return loss

    def scores(self) -> Scores:
        sources = self._embeddings()
        if not torch.stack([part.isfinite().all() for source in sources for part in source]).all():
            raise UserError(DIVERGED)
        if self.cold_start is None:
            return EmbeddingScores(*sources[0])
        with torch.no_grad():
            return self.cold_start.scores(sources, self.unranked_items)

    def embed(self) -> tuple[Tensor, Tensor]:
        return self._embeddings()[0]

    @torch.no_grad()
    def _embeddings(self) -> list[tuple[Tensor, Tensor]]:
        """Return scored embeddings of users and items, one pair for each placement of cold nodes."""
        nodes = self.backbone.embed().detach()  # a backbone may return its own parameter
        versions = [nodes] if self.cold_start is None else self.cold_start.nodes.versions(nodes)
        return [self.backbone.split(self.fusion.fuse(version)) for version in versions]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        self.seed_step()
        return self.summed_loss(batch, batch_idx)

    def optimizer_step(self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Any = None) -> None:
        if self.captured_steps is None:
            super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
        else:  # replaces Lightning's closure
            optimizer_closure._result = ClosureResult(self.captured_steps.take(batch_idx))

    def on_train_batch_end(self, *_: Any) -> None:
        if self.trainer.fit_loop.epoch_loop.done:  # in time for the callbacks of validation and of the epoch's end
            self._log_losses()

    def on_train_epoch_end(self) -> None:
        self._log_losses()  # for epochs ended by a callback
        measured = self.trainer.callback_metrics.get(self.monitor)
        for config in self.trainer.lr_scheduler_configs:
            if isinstance(config.scheduler, ReduceLROnPlateau) and measured is not None:
                config.scheduler.step(float(measured))

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        # Lightning steps a plateau schedule after the epoch's checkpoint, and not in the first epoch after resuming.
        if not isinstance(scheduler, ReduceLROnPlateau):
            super().lr_scheduler_step(scheduler, metric)

    def _log_losses(self) -> None:
        means = self.loss_means.take()
        self.log_dict(
            {f"train/{name}": mean for name, mean in means.items()}, on_step=False, on_epoch=True, batch_size=1
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["dataset"] = self.dataset_identity
        metrics = self.trainer.callback_metrics.items()
        checkpoint["validation_metrics"] = {n: float(value) for n, value in metrics if n.startswith("val/")}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.refuse_other_dataset(checkpoint.get("dataset"))
        measured = checkpoint.get("validation_metrics", {}).items()
        self.last_validation = {name: torch.tensor(value) for name, value in measured}
