"""Beyond-accuracy metrics of the recommendation lists of all users, one per file."""

from rlmrec.evaluation.list_metrics.coverage import coverage
from rlmrec.evaluation.list_metrics.diversity import diversity
from rlmrec.evaluation.list_metrics.gini import gini
from rlmrec.evaluation.list_metrics.list_metrics import LIST_METRICS, ListMetric, ListMetrics
from rlmrec.evaluation.list_metrics.long_tail_recall import long_tail_recall
from rlmrec.evaluation.list_metrics.novelty import novelty
from rlmrec.evaluation.list_metrics.popularity import popularity
from rlmrec.evaluation.list_metrics.popularity_lift import popularity_lift

__all__ = [
    "LIST_METRICS",
    "ListMetric",
    "ListMetrics",
    "coverage",
    "diversity",
    "gini",
    "long_tail_recall",
    "novelty",
    "popularity",
    "popularity_lift",
]
