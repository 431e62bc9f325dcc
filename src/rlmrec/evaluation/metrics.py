"""Ranking metrics per user."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch_geometric.metrics import (
    LinkPredHitRatio,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)
from torch_geometric.metrics.link_pred import LinkPredMetric, LinkPredMetricData

from rlmrec.common.errors import UserError, one_line
from rlmrec.evaluation.summed_reciprocal_rank import SummedReciprocalRank

Metric = Callable[..., LinkPredMetric]
"""A factory of metrics, called with the length ``k`` of the rankings."""

METRICS: dict[str, Metric] = {
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "precision": LinkPredPrecision,
    "mrr": LinkPredMRR,
    "hit_rate": LinkPredHitRatio,
    "summed_reciprocal_rank": SummedReciprocalRank,
}
"""Metrics of ``conf/evaluation/metrics/default.yaml``."""


class RankingMetrics(nn.Module):
    """Ranking metrics of individual users, as implemented in PyTorch Geometric.

    Recall divides by all relevant items, NDCG by the ideal of ``min(k, relevant)`` hits; MRR counts the first hit.

    Args:
        ks: lengths of the rankings to evaluate.
        metrics: metrics by name.

    Raises:
        UserError: if a metric cannot be built.
    """

    def __init__(self, ks: Sequence[int], metrics: Mapping[str, Metric] = METRICS) -> None:
        super().__init__()
        self.max_k = max(ks)
        self.metrics = nn.ModuleDict(
            {f"{name}@{k}": _made(name, make, k) for name, make in metrics.items() for k in ks}
        )

    @property
    def names(self) -> list[str]:
        """Return the names of the columns of ``per_user``, such as ``recall@5``."""
        return list(self.metrics)

    def checked_monitor(self, monitor: str) -> str:
        """Return the name of a validation metric, such as ``val/recall@20``, after checking that it can be monitored.

        Raises:
            UserError: if it is not among these metrics, or smaller values of it are better.
        """
        known = [f"val/{name}" for name in self.names]
        if monitor not in known:
            raise UserError(f"evaluation.monitor={monitor} is not measured: valid are {', '.join(known)}")
        if self.metrics[monitor.removeprefix("val/")].higher_is_better is False:
            raise UserError(
                f"evaluation.monitor={monitor}: smaller is better there, but the greatest value is selected"
            )
        return monitor

    def per_user(self, top_items: Tensor, held_out: Tensor) -> Tensor:
        """Return the metrics of each user.

        Args:
            top_items: at least ``max(ks)`` items, best first, -1 for gaps, ``(V, K)``.
            held_out: row and item of relevant interactions, ``(2, R)``.

        Returns:
            Metrics, ``(V, len(names))``.

        Raises:
            UserError: if a metric is not one number for each user.
        """
        # PyG separates users by offsets, so -1 is not a valid number: use one that is not relevant to any user.
        absent = torch.cat([top_items.flatten(), held_out[1]]).max() + 1
        data = LinkPredMetricData(torch.where(top_items < 0, absent, top_items), held_out)
        return torch.stack([_values(name, cast(LinkPredMetric, m), data) for name, m in self.metrics.items()], dim=1)


def _made(name: str, make: Metric, k: int) -> LinkPredMetric:
    try:
        return make(k=k)
    except (TypeError, ValueError) as error:
        raise UserError(f"evaluation.metrics.{name}: {one_line(error)}") from None


def _values(name: str, metric: LinkPredMetric, data: LinkPredMetricData) -> Tensor:
    """Return a metric of each user, ``(V,)``."""
    values = metric._compute(data).float()
    if values.shape != data.pred_index_mat.shape[:1]:
        found = tuple(values.shape)
        raise UserError(f"the metric {name} must be one number for each of {len(data.pred_index_mat)} users: {found}")
    return values
