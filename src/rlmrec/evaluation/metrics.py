"""Ranking metrics per user."""

from collections.abc import Sequence
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

from rlmrec.common.errors import UserError


class SummedReciprocalRank(LinkPredMetric):
    """The sum of reciprocal ranks over *all* hits, which RLMRec's code calls "mrr"; it may exceed 1."""

    higher_is_better = True
    weighted = False

    def _compute(self, data: LinkPredMetricData) -> Tensor:
        hits = data.pred_rel_mat[:, : self.k]
        return (hits / torch.arange(1, hits.size(1) + 1, device=hits.device)).sum(1)


METRICS: dict[str, type[LinkPredMetric]] = {
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "precision": LinkPredPrecision,
    "mrr": LinkPredMRR,
    "hit_rate": LinkPredHitRatio,
    "summed_reciprocal_rank": SummedReciprocalRank,
}


class RankingMetrics(nn.Module):
    """Ranking metrics of single users, in PyTorch Geometric's implementation.

    Recall divides by all relevant items, NDCG by the ideal of ``min(k, relevant)`` hits, MRR counts the first hit.

    Args:
        ks: lengths of the ranking to look at.
    """

    def __init__(self, ks: Sequence[int]) -> None:
        super().__init__()
        self.max_k = max(ks)
        self.metrics = nn.ModuleDict({f"{name}@{k}": metric(k) for name, metric in METRICS.items() for k in ks})

    @property
    def names(self) -> list[str]:
        """Return ``recall@5`` and so on, in the order of the columns of ``per_user``."""
        return list(self.metrics)

    def checked_monitor(self, monitor: str) -> str:
        """Return the name of a validation metric, such as ``val/recall@20``, if it is one of these metrics.

        Raises:
            UserError: lists those that are measured.
        """
        known = [f"val/{name}" for name in self.names]
        if monitor not in known:
            raise UserError(f"evaluation.monitor={monitor} is not measured: valid are {', '.join(known)}")
        return monitor

    def per_user(self, top_items: Tensor, held_out: Tensor) -> Tensor:
        """Return the metrics of each user.

        Args:
            top_items: best items first, at least ``max(ks)`` of them, -1 where there is none, ``(V, K)``.
            held_out: row and item of relevant interactions, ``(2, R)``.

        Returns:
            ``(V, len(names))``.
        """
        # The library separates users by offsets, so that -1 must not be looked up: any irrelevant number will do.
        absent = max(int(top_items.max()), int(held_out[1].max()) if held_out.numel() else 0) + 1
        data = LinkPredMetricData(torch.where(top_items < 0, absent, top_items), held_out)
        return torch.stack([cast(LinkPredMetric, m)._compute(data).float() for m in self.metrics.values()], dim=1)
