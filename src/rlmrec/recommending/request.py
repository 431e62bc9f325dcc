"""Requests for lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from pydantic import PositiveInt
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import FilterSeen, Mask, OnUnknown
from rlmrec.data.dataset import Dataset
from rlmrec.options.validate_options import validate_options


@dataclass(frozen=True)
class ListRequest:
    """Options of how lists are made.

    Args:
        k: length of a list.
        filter_seen: interactions that a user's list leaves out: ``train``, ``train+val``, ``all`` (held-out ones too),
            True for those that the run's own test left out, False for none.
        items: external ids of the only items that may be recommended; all by default.
        exclude: external ids of items that are never recommended.
        on_unknown: what becomes of users that are not in the dataset: ``raise`` refuses them, ``skip`` leaves them out,
            ``popular`` gives them the items with most training interactions.
    """

    k: PositiveInt = 20
    filter_seen: FilterSeen = True
    items: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    on_unknown: OnUnknown = "raise"

    def seen(self, dataset: Dataset, mask: Mask) -> csr_array | None:
        """Return the interactions to leave out, ``(num_users, num_items)``; None for none.

        Args:
            dataset: with all splits.
            mask: what the run's own test left out.
        """
        chosen = mask if self.filter_seen is True else self.filter_seen
        return None if chosen is False else dataset.seen(chosen)


def made_request(options: Mapping[str, Any]) -> ListRequest:
    """Return a request from options that are not yet checked.

    Raises:
        UserError: names every option that is wrong.
    """
    if unknown := sorted(options.keys() - {field.name for field in fields(ListRequest)}):
        raise UserError(f"there is no option {', '.join(unknown)} of recommendations")
    validate_options(dict(options), ListRequest)
    return ListRequest(**options)


def popular_first(dataset: Dataset, excluded: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``k`` items with most training interactions, the earlier first among equals, and their numbers.

    Args:
        dataset: with training interactions.
        excluded: items that are left out, ``(num_items,)`` bool.
        k: how many at most.
    """
    counts = dataset.item_counts.astype(np.float32)
    order = np.argsort(np.where(excluded, 1.0, -counts), kind="stable")
    order = order[~excluded[order]][:k]
    return order, counts[order]
