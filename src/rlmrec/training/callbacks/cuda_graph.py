"""Capture of whole training steps as CUDA graphs."""

import logging
from typing import Any, Literal

import pytorch_lightning as L
import torch

from rlmrec.common.errors import UserError
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.profile_embeddings import MappedEmbeddings
from rlmrec.graph import Batch
from rlmrec.training.build import without_static_shapes
from rlmrec.training.captured_steps import CapturedSteps
from rlmrec.training.learning_rate import made
from rlmrec.training.recommender import Recommender

log = logging.getLogger(__name__)

WITHIN_A_STEP = ("on_before_zero_grad", "on_before_backward", "on_after_backward", "on_before_optimizer_step")
"""Hooks that a replayed step does not call."""


class CudaGraph(L.Callback):
    """Capture a training step, including the optimizer, and replay it for all other steps of the same shapes.

    All batches then have the same shapes (``InteractionDataModule.static_shapes``). Steps before which a backbone
    resamples run without the graph. Replays differ only in the seed of the step, its batch and the learning rate; a
    change of any other option of the optimizer leads to a new capture.

    Args:
        wanted: ``auto`` to capture on a GPU if possible and useful, and otherwise log the reason; True to raise an
            error if it is impossible.
    """

    def __init__(self, wanted: Literal["auto"] | bool) -> None:
        self.wanted = wanted
        self.steps: CapturedSteps | None = None

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        if stage == "fit" and self.wanted and trainer.strategy.root_device.type == "cuda":
            found = obstacle(trainer, pl_module)
            if not found and self.wanted == "auto" and not pl_module.backbone.faster_captured:  # type: ignore[union-attr]
                found = f"steps of {type(pl_module.backbone).__name__} are faster without"
            if found and self.wanted is True:
                raise UserError(f"trainer.cuda_graph=true is impossible: {found}; set auto or false")
            if found:
                log.warning("no CUDA graphs: %s", found)
            else:
                trainer.datamodule.static_shapes = True  # type: ignore[attr-defined]
                self.begin(pl_module)

    def begin(self, model: L.LightningModule) -> None:
        """Capture the steps of a model from now on."""
        assert isinstance(model, Recommender)
        self.steps = model.captured_steps = CapturedSteps(model)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self.steps:
            (optimizer,) = trainer.optimizers
            self.steps.prepare(optimizer, trainer.precision_plugin.train_step_context)

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Batch, batch_idx: int) -> None:
        if self.steps:
            self.steps.batch = batch

    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Store the optimizer state as if nothing had been captured, since a CPU may resume from it."""
        if self.steps:
            (state,) = checkpoint["optimizer_states"]
            self.steps.hide(state["param_groups"])

    def teardown(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        if self.steps:
            self.steps.hide([group for optimizer in trainer.optimizers for group in optimizer.param_groups])
            self.steps = pl_module.captured_steps = None  # type: ignore[assignment]


def obstacle(trainer: L.Trainer, model: L.LightningModule) -> str | None:
    """Return the reason why training steps cannot be captured; None if they can."""
    if not isinstance(model, Recommender) or not isinstance(trainer.datamodule, InteractionDataModule):  # type: ignore[attr-defined]
        return "model or batches are not those of this project"
    if trainer.world_size > 1:
        return "several processes train together"
    if trainer.accumulate_grad_batches > 1:
        return "gradients of several batches are accumulated"
    if trainer.gradient_clip_val:
        return "gradients are clipped"
    if varying := without_static_shapes(model.backbone, model.aligner):
        return f"{varying} has steps of varying shapes"
    if any(isinstance(part, MappedEmbeddings) for module in model.modules() for part in vars(module).values()):
        return "profile embeddings stay on disk"
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if any(getattr(type(callback), hook) is not getattr(L.Callback, hook) for hook in WITHIN_A_STEP):
            return f"{type(callback).__name__} looks into steps"
    optimizer = made("optimizer", model.make_optimizer, [torch.nn.Parameter(torch.zeros(1))])
    if "capturable" not in optimizer.defaults:
        return f"the optimizer {type(optimizer).__name__} cannot be captured"
    return None
