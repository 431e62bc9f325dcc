"""Settings of a model's rankings and their metrics."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.evaluation.ranked_lists import RankedLists


@dataclass(frozen=True, eq=False)
class RankingSettings:
    """An evaluation protocol together with the information that it needs about a dataset.

    Args:
        protocol: lengths and metrics of the rankings, and the metric that selects weights.
        cold: mask of nodes without training interactions, users first, ``(N,)`` bool; no node by default.
        item_pool: mask of the items that are ranked, ``(num_items,)`` bool, which must be given for any other pool of
            the protocol than ``all``.
        list_metrics: function that maps the ranked lists of all users to further test metrics by name.
    """

    protocol: EvaluationProtocol = field(default_factory=EvaluationProtocol)
    cold: Tensor | None = None
    item_pool: np.ndarray | None = None
    list_metrics: Callable[[RankedLists], dict[str, float]] | None = None

    def __post_init__(self) -> None:
        if self.protocol.item_pool != "all" and self.item_pool is None:
            raise ValueError(f"item_pool={self.protocol.item_pool} needs the mask of these items")
