"""Making Lightning trainers from options that may not suit the machine."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from rlmrec.errors import UserError


def make_trainer(trainer: Callable[..., pl.Trainer], **parts: Any) -> pl.Trainer:
    """Call a trainer's constructor with what it does not know from its options.

    Raises:
        UserError: if the machine lacks what the options ask for, or they contradict each other.
    """
    try:
        made = trainer(**parts)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise UserError(f"trainer: {' '.join(str(error).split())}") from None
    if made.max_epochs == 0 or made.max_steps == 0:
        raise UserError("trainer.max_epochs=0 or trainer.max_steps=0 trains nothing: set at least 1, or -1")
    return made
