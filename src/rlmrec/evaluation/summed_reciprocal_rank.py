"""Summed reciprocal rank."""

import torch
from torch import Tensor
from torch_geometric.metrics.link_pred import LinkPredMetric, LinkPredMetricData


class SummedReciprocalRank(LinkPredMetric):
    """The sum of reciprocal ranks over *all* hits, which RLMRec's code calls "mrr"; it may exceed 1."""

    higher_is_better = True
    weighted = False

    def _compute(self, data: LinkPredMetricData) -> Tensor:
        hits = data.pred_rel_mat[:, : self.k]
        return (hits / torch.arange(1, hits.size(1) + 1, device=hits.device)).sum(1)
