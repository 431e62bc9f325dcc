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
        mask: interactions that leave the ranking at test time: those of ``train``, as published, or of ``train+val``.
        item_pool: items that are ranked: ``all``, or ``cold`` for those without training interactions.
        cold_from_text: score users and items without training interactions by their profiles, and cold users by
            popularity, too; ``auto``: where the model reads profiles, and by popularity alone where it does not.
            False: by their untrained embeddings.
        monitor: validation metric that selects the best weights; greater is better.
        every_n_epochs: epochs between two validations.
        patience: validations without improvement before the early stop.
        metrics: of each user's ranking, by name; each is called with the length of the rankings.
        list_metrics: of the test's longest lists of all users together, by name.

    Raises:
        UserError: if a metric has an impossible name.
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
