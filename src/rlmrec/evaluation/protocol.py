"""Options of validation, selection and test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import MinLen
from pydantic import PositiveInt

from rlmrec.common.errors import UserError
from rlmrec.common.monitor import MONITOR
from rlmrec.common.option_types import ColdFromText, ItemPool, Mask, RankingLength
from rlmrec.evaluation.list_metrics import LIST_METRICS, ListMetric
from rlmrec.evaluation.metrics import METRICS, Metric


@dataclass(frozen=True)
class EvaluationProtocol:
    """Full ranking, with a validation metric that selects the weights to test.

    Args:
        ks: lengths of the rankings to evaluate.
        mask: interactions left out of the ranking at test time: those of ``train``, as published, or of ``train+val``.
        item_pool: items to rank: ``all``, or ``cold`` for those without training interactions.
        cold_from_text: scores of users and items without training interactions. True: by their profiles, and for users
            also by popularity; ``auto``: the same if the model reads profiles, otherwise by popularity alone; False: by
            their untrained embeddings.
        monitor: validation metric that selects the best weights; greater is better.
        every_n_epochs: number of epochs between two validations.
        patience: number of validations without improvement before early stopping.
        metrics: metrics of individual rankings by name, each called with the length of the rankings.
        list_metrics: metrics of all users' longest test lists taken together, by name.

    Raises:
        UserError: if the name of a metric is invalid or used twice.
    """

    ks: Annotated[tuple[RankingLength, ...], MinLen(1)] = (5, 10, 20)
    mask: Mask = "train"
    item_pool: ItemPool = "all"
    cold_from_text: ColdFromText = "auto"
    monitor: str = MONITOR
    every_n_epochs: PositiveInt = 3
    patience: PositiveInt = 20
    metrics: Annotated[Mapping[str, Metric], MinLen(1)] = field(default_factory=METRICS.copy)
    list_metrics: Mapping[str, ListMetric] = field(default_factory=LIST_METRICS.copy)

    def __post_init__(self) -> None:
        for name in (*self.metrics, *self.list_metrics):
            if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):
                raise UserError(f"a metric cannot be called {name!r}: name it by letters, digits, _ and -")
        if both := [name for name in self.metrics if name in self.list_metrics]:
            raise UserError(f"evaluation.metrics and evaluation.list_metrics both have {both[0]}: rename one of them")
