"""Long-tail recall: the share of less popular held-out items that are recommended."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import hits, long_tail


def long_tail_recall(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return recall over held-out items other than the 20 % most popular in training.

    It is averaged over the users who have such items; NaN if there are none.
    """
    tail = long_tail(dataset.item_counts)
    rows, columns = held_out.nonzero()
    relevant = np.bincount(rows, weights=tail[columns], minlength=len(recommended))
    found = (hits(recommended, held_out) & tail[recommended]).sum(axis=1)
    having = relevant > 0
    return float(np.mean(found[having] / relevant[having])) if having.any() else float("nan")
