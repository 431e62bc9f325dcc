"""Options of validation, selection and test."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen
from pydantic import PositiveInt

Mask = Literal["train", "train+val"]
ItemPool = Literal["all", "cold"]


@dataclass(frozen=True)
class EvaluationProtocol:
    """Full ranking, with a validation metric that selects the weights to test.

    Args:
        ks: lengths of the rankings to evaluate.
        mask: interactions that leave the ranking at test time: those of ``train``, as published, or of ``train+val``.
        item_pool: items that are ranked: ``all``, or ``cold`` for those without training interactions.
        cold_from_text: give users and items without training interactions embeddings from their profiles.
        monitor: validation metric that selects the best weights; greater is better.
        every_n_epochs: epochs between two validations.
        patience: validations without improvement before the early stop.
    """

    ks: Annotated[tuple[PositiveInt, ...], MinLen(1)] = (5, 10, 20)
    mask: Mask = "train"
    item_pool: ItemPool = "all"
    cold_from_text: bool = False
    monitor: str = "val/recall@20"
    every_n_epochs: PositiveInt = 3
    patience: PositiveInt = 5
