"""Gini index: the inequality of how often items are recommended."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import times_recommended


def gini(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the inequality of item recommendations: 0 if all items are equally frequent, near 1 if few get all."""
    return gini_coefficient(times_recommended(recommended, dataset))


def gini_coefficient(counts: np.ndarray) -> float:
    """Return the Gini coefficient of non-negative counts; NaN if all are zero."""
    ordered, n = np.sort(counts).astype(np.float64), len(counts)
    if not ordered.sum():
        return float("nan")
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * ordered.sum()))
