"""Restriction of an evaluation to some of the items or users."""

from dataclasses import replace

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import ItemPool
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import restricted

CHOOSE = "choose evaluation.item_pool=all"


def evaluated_on(dataset: Dataset, item_pool: ItemPool) -> Dataset:
    """Return the dataset with only those held-out interactions whose items are ranked.

    No model could find the others; users who have no held-out items left are not evaluated.

    Args:
        dataset: dataset with all held-out interactions.
        item_pool: items to rank: ``all``, or ``cold`` for those without training interactions.

    Raises:
        UserError: if there are no cold items, or none of them is held out for the test.
    """
    if item_pool == "all":
        return dataset
    pool = dataset.item_counts == 0
    if not pool.any():
        raise UserError(f"evaluation.item_pool={item_pool}: every item has training interactions; {CHOOSE}")
    val, test = (restricted(part, columns=pool) for part in (dataset.val, dataset.test))
    if not test.nnz:
        raise UserError(
            f"evaluation.item_pool={item_pool}: no user has a test item without training interactions; {CHOOSE}"
        )
    return replace(dataset, val=val, test=test, item_pool=pool)


def tested_on(dataset: Dataset, users: np.ndarray) -> Dataset:
    """Return the dataset with the test interactions of some users only.

    Args:
        dataset: dataset with all test interactions.
        users: ids of the users, ``(V,)``.
    """
    chosen = np.isin(np.arange(dataset.num_users), users)
    return replace(dataset, test=restricted(dataset.test, rows=chosen))
