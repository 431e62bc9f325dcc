"""Construction of Lightning trainers from options that the machine may not support."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytorch_lightning as L
import torch
from pydantic import NonNegativeFloat
from pytorch_lightning.accelerators import MPSAccelerator
from pytorch_lightning.callbacks import Timer
from pytorch_lightning.strategies.launchers import _SubprocessScriptLauncher
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from rlmrec.common.errors import UserError, one_line
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.training.callbacks import MatmulPrecisionName

PRECISIONS = ("32-true", "64-true", "bf16-mixed")
HALF = ("16", "16-mixed")


class Trainer(L.Trainer):
    """Lightning's trainer with options of this project.

    Args:
        checkpoint_every_seconds: least number of seconds between two checkpoints, which are taken at the end of an
            epoch. On a termination signal, the state after the last complete epoch is always written.
        cuda_graph: whether to replay training steps on a GPU as one CUDA graph: ``auto`` if that is possible, True to
            raise an error otherwise.
        matmul_precision: precision of matrix products in training, as in ``torch.set_float32_matmul_precision``;
            ``high`` is TF32 on GPUs that support it.
        options: options of Lightning's trainer.
    """

    def __init__(
        self,
        checkpoint_every_seconds: NonNegativeFloat = 30.0,
        cuda_graph: Literal["auto"] | bool = "auto",
        matmul_precision: MatmulPrecisionName = "highest",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.checkpoint_every_seconds = checkpoint_every_seconds
        self.cuda_graph = cuda_graph
        self.matmul_precision = matmul_precision


def own_option(trainer: Callable[..., L.Trainer], name: str) -> Any:
    """Return an option of the project's trainer; for other trainers, its default."""
    default = inspect.signature(Trainer).parameters[name].default
    return given(trainer, name, default)


def given(trainer: Callable[..., L.Trainer], name: str, default: Any = None) -> Any:
    """Return an option that was set on a trainer's partial, or a default if it was not set."""
    return getattr(trainer, "keywords", {}).get(name, default)


def time_limit(trainer: Callable[..., L.Trainer]) -> Timer:
    """Return a timer that ends a run after ``trainer.max_time``, such as ``00:02:00:00``; without a limit if not set.

    Raises:
        UserError: if the option is not a duration.
    """
    duration = given(trainer, "max_time")
    try:
        return Timer(duration=duration)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise UserError(f"trainer.max_time={duration}: {one_line(error)}") from None


@contextmanager
def determinism_given_back() -> Iterator[None]:
    """Restore the process-wide settings that ``trainer.deterministic`` changes.

    Networks of PyTorch Geometric read them at construction, so those of the next run would differ.
    """
    on, warn_only = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(on, warn_only=warn_only)


def refuse_unmakeable(trainer: Callable[..., L.Trainer], data: InteractionDataModule) -> None:
    """Build and discard a trainer, so that unavailable devices are reported before the run folder is created.

    Args:
        trainer: factory, called without loggers.
        data: batches, of which the trainer must use at least one.

    Raises:
        UserError: if the machine does not support the options, or training is impossible with them.
    """
    if isinstance(given(trainer, "strategy", "auto"), str):  # a strategy object serves only one trainer
        with determinism_given_back():
            made = make_trainer(trainer, logger=False, enable_checkpointing=False)
        for split, count in data.num_batches(made.strategy.root_device, made.world_size).items():
            name = f"limit_{split}_batches"
            limit = getattr(made, name)  # may be changed by overfit_batches
            if isinstance(limit, float) and int(count * limit) < 1:
                name = "overfit_batches" if given(trainer, "overfit_batches") and split != "test" else name
                raise UserError(f"trainer.{name}={limit}: that is none of {count} batches of {split}; set 1 for one")


def make_trainer(trainer: Callable[..., L.Trainer], **parts: Any) -> L.Trainer:
    """Build a trainer from its options and the arguments that are not options.

    Raises:
        UserError: if the machine does not support the options, or training is impossible with them.
    """
    overfits = bool(given(trainer, "overfit_batches"))
    parts |= {
        "reload_dataloaders_every_n_epochs": 0 if overfits else 1,  # every epoch has an order and negatives of its own
        "max_time": None,  # handled by the run's own timer
        "use_distributed_sampler": False,  # the batches are divided without padding
    }
    try:
        made = trainer(**parts)
        if isinstance(made.accelerator, MPSAccelerator):  # sparse products have no kernel there
            made = trainer(**parts, accelerator="cpu")
    except (MisconfigurationException, ModuleNotFoundError, TypeError, ValueError) as error:
        raise UserError(f"trainer: {one_line(error)}") from None
    if made.max_epochs == 0 or made.max_steps == 0:
        raise UserError("trainer.max_epochs=0 or trainer.max_steps=0 trains nothing: set at least 1, or -1")
    asked = given(trainer, "precision") or made.precision
    # Sparse products have no kernel for pure half precision. On a CPU, Lightning replaces float16 by bfloat16.
    if made.precision not in PRECISIONS or str(asked) in HALF:
        raise UserError(f"trainer.precision={asked}: valid are {', '.join(PRECISIONS)}")
    if own_option(trainer, "cuda_graph") is True and made.strategy.root_device.type != "cuda":
        raise UserError("trainer.cuda_graph=true needs a GPU: set trainer=gpu, or trainer.cuda_graph=auto")
    if isinstance(made.strategy.launcher, _SubprocessScriptLauncher):
        # It would start the whole command again, which would find its run folder in use.
        raise UserError("several devices need trainer=ddp, e.g. trainer=ddp trainer.devices=2")
    return made
