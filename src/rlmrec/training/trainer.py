"""Lightning trainers from options that may not suit the machine."""

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
        checkpoint_every_seconds: seconds between two checkpoints at least; they are taken at the end of an epoch. At
            a signal that asks for an end, the state after the last whole epoch is written in any case.
        cuda_graph: replay training steps on a GPU as one CUDA graph: ``auto`` where that is possible, True to refuse to
            train otherwise.
        matmul_precision: of matrix products in training, as ``torch.set_float32_matmul_precision`` takes it;
            ``high`` is TF32 on GPUs that have it.
        options: of Lightning's trainer.
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
    """Return an option of the project's trainer; its default for a trainer that has no such option."""
    default = inspect.signature(Trainer).parameters[name].default
    return given(trainer, name, default)


def given(trainer: Callable[..., L.Trainer], name: str, default: Any = None) -> Any:
    """Return an option of a trainer as it was given; a default where it was not."""
    return getattr(trainer, "keywords", {}).get(name, default)


def time_limit(trainer: Callable[..., L.Trainer]) -> Timer:
    """Return the timer of a run, which ends it after ``trainer.max_time``, such as ``00:02:00:00``, if that is given.

    Raises:
        UserError: if it is no time.
    """
    duration = given(trainer, "max_time")
    try:
        return Timer(duration=duration)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise UserError(f"trainer.max_time={duration}: {one_line(error)}") from None


@contextmanager
def determinism_given_back() -> Iterator[None]:
    """Set back afterwards what ``trainer.deterministic`` sets for the whole process.

    Networks of PyTorch Geometric look at it when they are made, and the next run's would differ from those of this one.
    """
    on, warn_only = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(on, warn_only=warn_only)


def refuse_unmakeable(trainer: Callable[..., L.Trainer], data: InteractionDataModule) -> None:
    """Make a trainer and let go of it, so that devices which are not there are told before a run has a folder.

    Args:
        trainer: called without loggers.
        data: the batches, of which it must take one at least.

    Raises:
        UserError: if the machine lacks what the options ask for, or training is impossible with them.
    """
    if isinstance(given(trainer, "strategy", "auto"), str):  # another one serves one trainer
        with determinism_given_back():
            made = make_trainer(trainer, logger=False, enable_checkpointing=False)
        for split, count in data.num_batches(made.strategy.root_device, made.world_size).items():
            name = f"limit_{split}_batches"
            limit = getattr(made, name)  # or what overfit_batches has made of it
            if isinstance(limit, float) and int(count * limit) < 1:
                name = "overfit_batches" if given(trainer, "overfit_batches") and split != "test" else name
                raise UserError(f"trainer.{name}={limit}: that is none of {count} batches of {split}; set 1 for one")


def make_trainer(trainer: Callable[..., L.Trainer], **parts: Any) -> L.Trainer:
    """Call a trainer's constructor with what it does not know from its options.

    Raises:
        UserError: if the machine lacks what the options ask for, or training is impossible with them.
    """
    overfits = bool(given(trainer, "overfit_batches"))
    parts |= {
        "reload_dataloaders_every_n_epochs": 0 if overfits else 1,  # every epoch has an order and negatives of its own
        "max_time": None,  # for the run's own timer
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
    # Half of everything: sparse products have no kernel for that. On a CPU Lightning takes bfloat16 for float16.
    if made.precision not in PRECISIONS or str(asked) in HALF:
        raise UserError(f"trainer.precision={asked}: valid are {', '.join(PRECISIONS)}")
    if own_option(trainer, "cuda_graph") is True and made.strategy.root_device.type != "cuda":
        raise UserError("trainer.cuda_graph=true needs a GPU: set trainer=gpu, or trainer.cuda_graph=auto")
    if isinstance(made.strategy.launcher, _SubprocessScriptLauncher):
        # It would start the whole command again, which would find its run folder taken.
        raise UserError("several devices need trainer=ddp, e.g. trainer=ddp trainer.devices=2")
    return made
