"""All metrics of lists that are measured in a test."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.data.item_pool import tested_on
from rlmrec.evaluation.list_metrics.coverage import coverage
from rlmrec.evaluation.list_metrics.diversity import diversity
from rlmrec.evaluation.list_metrics.gini import gini
from rlmrec.evaluation.list_metrics.long_tail_recall import long_tail_recall
from rlmrec.evaluation.list_metrics.novelty import novelty
from rlmrec.evaluation.list_metrics.popularity import popularity
from rlmrec.evaluation.list_metrics.popularity_lift import popularity_lift
from rlmrec.evaluation.ranked_lists import RankedLists

ListMetric = Callable[..., float]
"""A metric of lists, called with the lists of the users with test items (item numbers, best first, -1 for gaps,
``(V, K)``), the held-out items of these users, ``(V, num_items)``, and the dataset, whose ``test_users`` they are;
returns NaN if it cannot be measured."""

LIST_METRICS: dict[str, ListMetric] = {
    "coverage": coverage,
    "gini": gini,
    "novelty": novelty,
    "popularity": popularity,
    "popularity_lift": popularity_lift,
    "long_tail_recall": long_tail_recall,
    "diversity": diversity,
}
"""Metrics of ``conf/evaluation/list_metrics/default.yaml``. PyG's own would read a gap as the last item."""


class ListMetrics:
    """Metrics of the lists of all users with test items; ``diversity`` uses the profile embeddings of the dataset.

    Args:
        dataset: dataset of training and test.
        metrics: metrics by name.
    """

    def __init__(self, dataset: Dataset, metrics: Mapping[str, ListMetric] = LIST_METRICS) -> None:
        self.dataset = dataset
        self.metrics = metrics

    def __call__(self, lists: RankedLists) -> dict[str, float]:
        """Return the metrics by name, except those that could not be measured.

        A test on a part of the users is measured as that of a dataset in which the others have no test items.
        """
        dataset = self.dataset
        users = np.intersect1d(lists.users, dataset.test_users)
        if len(users) < len(dataset.test_users):
            dataset = tested_on(dataset, users)
        held_out = csr_array(dataset.test[users])
        recommended, _ = lists.of(users)
        values = {name: float(metric(recommended, held_out, dataset)) for name, metric in self.metrics.items()}
        return {name: value for name, value in values.items() if np.isfinite(value)}
