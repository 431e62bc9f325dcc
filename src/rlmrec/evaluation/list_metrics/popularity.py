"""Popularity: the mean number of training interactions of recommended items."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import mean_over_lists


def popularity(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the mean number of training interactions of a recommended item."""
    return mean_over_lists(recommended, dataset.item_counts)
