"""Random pairs that are not interactions, for experiments on robustness."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.common.seeding import derive_seed
from rlmrec.data.dataset import Dataset


def random_non_interactions(dataset: Dataset, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct pairs of users and items that are in no split, drawn uniformly.

    Users and items without training interactions get none, so that they stay cold.

    Args:
        dataset: whose interactions are avoided.
        share: number of pairs, as a share of the training interactions.
        seed: of the draw.

    Returns:
        Users and items, each ``(round(share * E),)``.

    Raises:
        UserError: if there are not enough pairs.
    """
    users, items = (np.unique(ids) for ids in dataset.train.tocoo().coords)
    wanted = round(share * dataset.train.nnz)
    known = np.concatenate([_codes(matrix) for matrix in (dataset.train, dataset.val, dataset.test)])
    warm = np.isin(known // dataset.num_items, users) & np.isin(known % dataset.num_items, items)
    free = len(users) * len(items) - np.count_nonzero(warm)
    if wanted > free:
        raise UserError(
            f"interaction_noise={share:g} asks for {wanted} pairs, but only {free} pairs are not "
            "interactions: ask for less"
        )
    random = np.random.default_rng(derive_seed(seed, "noise", 0))
    drawn = np.empty(0, dtype=np.int64)
    while len(drawn) < wanted:
        more = random.choice(users, wanted) * np.int64(dataset.num_items) + random.choice(items, wanted)
        drawn = np.concatenate([drawn, more[~np.isin(more, known)]])
        _, first = np.unique(drawn, return_index=True)
        drawn = drawn[np.sort(first)]  # in the order they were drawn: sorted, the cut would favour the first users
    pairs = drawn[:wanted]
    return pairs // dataset.num_items, pairs % dataset.num_items


def _codes(matrix: csr_array) -> np.ndarray:
    """Return a number for every pair, ``(nnz,)`` int64."""
    users, items = (ids.astype(np.int64) for ids in matrix.tocoo().coords)
    return users * matrix.shape[1] + items
