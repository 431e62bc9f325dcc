"""How a model ranks, and what is measured of its rankings."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.evaluation.ranked_lists import RankedLists


@dataclass(frozen=True, eq=False)
class RankingSettings:
    """An evaluation protocol with what it needs of a dataset.

    Args:
        protocol: lengths and metrics of the rankings, the items that are ranked, and the metric that selects weights.
        cold: True for nodes without training interactions, users first, ``(N,)`` bool; none by default.
        list_metrics: returns further test metrics of the ranked lists of all users, by name.
    """

    protocol: EvaluationProtocol = field(default_factory=EvaluationProtocol)
    cold: Tensor | None = None
    list_metrics: Callable[[RankedLists], dict[str, float]] | None = None
