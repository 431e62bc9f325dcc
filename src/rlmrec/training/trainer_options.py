"""Options of the trainer that Lightning accepts but that have no effect, or a harmful one, in this project."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge
from pydantic import ConfigDict, TypeAdapter, ValidationError

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Rate, Share, reason_of

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
CHECKED: Mapping[str, Any] = {
    "limit_train_batches": Batches | None,
    "limit_val_batches": Batches | None,
    "limit_test_batches": Batches | None,
    "overfit_batches": Annotated[int, Ge(0)] | Share,
    "accumulate_grad_batches": Annotated[int, Ge(1)],
    "log_every_n_steps": Annotated[int, Ge(1)] | None,
    "gradient_clip_val": Annotated[float, Ge(0)] | None,
    "max_epochs": Literal[-1] | Annotated[int, Ge(1)],
    "min_epochs": Annotated[int, Ge(0)] | None,
}
"""Valid ranges of options."""


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
    for name, kind in CHECKED.items():
        try:
            TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(options.get(name, 1))
        except ValidationError as error:
            problems.append(f"trainer.{name}={options[name]}: {reason_of(error.errors())}")
    if problems:
        raise UserError("; ".join(problems))
