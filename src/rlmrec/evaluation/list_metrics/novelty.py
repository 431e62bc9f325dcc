"""Novelty: the mean self-information of recommended items."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import mean_over_lists


def novelty(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the mean self-information of a recommended item in bits, ``-log2`` of the share of users who had it.

    Zhou et al., "Solving the apparent diversity-accuracy dilemma", PNAS 2010. Shares are those of training; an item
    without interactions counts as if one user had it.
    """
    shares = np.maximum(dataset.item_counts, 1) / dataset.num_users
    return mean_over_lists(recommended, -np.log2(shares))
