"""Coverage: the share of the items that are recommended at all."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import times_recommended


def coverage(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the share of the ranked items that occur in some list."""
    return float(np.mean(times_recommended(recommended, dataset) > 0))
