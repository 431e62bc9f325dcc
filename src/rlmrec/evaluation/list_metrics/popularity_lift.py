"""Popularity lift: the popularity of recommended items relative to that of users' own items."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.popularity import popularity


def popularity_lift(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the relative excess of ``popularity`` over the mean of users' own training items: 0.5 for 50 % above.

    Abdollahpouri et al., "The Connection Between Popularity Bias, Calibration, and Fairness", RecSys 2020. The mean
    over own items is first taken for each user with a list, then over those of them who have training items.
    """
    train = csr_array(dataset.train[dataset.test_users])
    items = np.diff(train.indptr)
    sums = train.astype(np.float64) @ dataset.item_counts
    usual = float(np.mean(sums[items > 0] / items[items > 0])) if items.any() else 0.0
    return popularity(recommended, held_out, dataset) / usual - 1 if usual else float("nan")
