"""Options of the trainer that Lightning accepts but that have no effect, or a harmful one, in this project."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge
from pydantic import ConfigDict, TypeAdapter, ValidationError

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Rate, Share

REFUSED = {
    "fast_dev_run": "it writes no checkpoint to test; debug=fast tries everything on a few batches",
    "val_check_interval": "validation follows whole epochs; evaluation.every_n_epochs says how many",
    "check_val_every_n_epoch": "evaluation.every_n_epochs says when to validate",
    "reload_dataloaders_every_n_epochs": "every epoch has an order and negatives of its own",
    "use_distributed_sampler": "the batches are divided among processes without padding",
    "enable_checkpointing": "the best weights are tested from their checkpoint",
    "barebones": "the best weights are tested from their checkpoint",
}
"""Options that are meaningless here or replaced by another option, and the reason."""
Batches = Annotated[int, Ge(1)] | Rate
OF_BATCHES = "a whole number from 1, or a share above 0 and up to 1"
CHECKED: Mapping[str, tuple[Any, str]] = {
    "limit_train_batches": (Batches | None, OF_BATCHES),
    "limit_val_batches": (Batches | None, OF_BATCHES),
    "limit_test_batches": (Batches | None, OF_BATCHES),
    "overfit_batches": (Annotated[int, Ge(0)] | Share, "a whole number from 0, or a share from 0 to 1"),
    "accumulate_grad_batches": (Annotated[int, Ge(1)], "a whole number from 1"),
    "log_every_n_steps": (Annotated[int, Ge(1)] | None, "a whole number from 1"),
    "gradient_clip_val": (Annotated[float, Ge(0)] | None, "a number from 0"),
    "max_epochs": (Literal[-1] | Annotated[int, Ge(1)], "a whole number from 1, or -1 for no limit"),
    "min_epochs": (Annotated[int, Ge(0)] | None, "a whole number from 0"),
}
"""Valid types and ranges of options, also in words."""


def refuse_unusable(options: Mapping[str, Any]) -> None:
    """Refuse trainer options with which a run would select, test or learn nothing.

    Args:
        options: options of the trainer, as plain containers.

    Raises:
        UserError: if any are unusable; the message names each and its replacement.
    """
    problems = [
        f"trainer.{name}={options[name]}: leave it out, {why}" for name, why in REFUSED.items() if name in options
    ]
    for name, (kind, words) in CHECKED.items():
        try:
            TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(options.get(name, 1))
        except ValidationError:
            problems.append(f"trainer.{name}={options[name]}: it must be {words}")
    if problems:
        raise UserError("; ".join(problems))
