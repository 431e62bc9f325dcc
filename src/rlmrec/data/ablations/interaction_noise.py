"""Random non-interactions, for experiments on robustness to noise."""

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.common.seeding import derive_seed
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import coordinates, entry_codes, pair_codes


def random_non_interactions(dataset: Dataset, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct pairs of users and items that are in no split, drawn uniformly.

    Users and items without training interactions are left out, so that they stay cold.

    Args:
        dataset: dataset whose interactions are avoided.
        share: number of pairs, as a share of the training interactions.
        seed: seed of the draw.

    Returns:
        Users and items, each ``(round(share * E),)``.

    Raises:
        UserError: if there are not enough pairs.
    """
    users, items = (np.unique(ids) for ids in coordinates(dataset.train))
    wanted = round(share * dataset.train.nnz)
    known = np.concatenate([entry_codes(matrix) for matrix in dataset.splits.values()])
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
        more = pair_codes(random.choice(users, wanted), random.choice(items, wanted), dataset.num_items)
        drawn = np.concatenate([drawn, more[~np.isin(more, known)]])
        _, first = np.unique(drawn, return_index=True)
        drawn = drawn[np.sort(first)]  # in drawing order: truncating sorted pairs would favour the first users
    pairs = drawn[:wanted]
    return pairs // dataset.num_items, pairs % dataset.num_items
