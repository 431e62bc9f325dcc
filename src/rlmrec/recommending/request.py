"""Requests for lists of recommendations."""

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
    """Options of recommended lists.

    Args:
        k: length of a list.
        filter_seen: interactions that a user's list excludes: ``train``, ``train+val``, ``all`` (including held-out
            ones), True for those that the run's own test excluded, False for none.
        items: external ids of the only items that may be recommended; all by default.
        exclude: external ids of items that are never recommended.
        on_unknown: how to treat users that are not in the dataset: ``raise`` refuses them, ``skip`` omits them, and
            ``popular`` recommends the items with most training interactions.
    """

    k: PositiveInt = 20
    filter_seen: FilterSeen = True
    items: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    on_unknown: OnUnknown = "raise"

    def seen(self, dataset: Dataset, mask: Mask) -> csr_array | None:
        """Return the interactions to exclude, ``(num_users, num_items)``, or None.

        Args:
            dataset: dataset with all splits.
            mask: interactions that the run's own test excluded.
        """
        chosen = mask if self.filter_seen is True else self.filter_seen
        return None if chosen is False else dataset.seen(chosen)


def made_request(options: Mapping[str, Any]) -> ListRequest:
    """Return a request from unvalidated options.

    Raises:
        UserError: if options are wrong; the message names them.
    """
    if unknown := sorted(options.keys() - {field.name for field in fields(ListRequest)}):
        raise UserError(f"there is no option {', '.join(unknown)} of recommendations")
    validate_options(dict(options), ListRequest)
    return ListRequest(**options)


def popular_first(dataset: Dataset, excluded: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``k`` items with most training interactions, ties in order of their ids, and the counts.

    Args:
        dataset: dataset with training interactions.
        excluded: items to exclude, ``(num_items,)`` bool.
        k: maximum number of items.
    """
    counts = dataset.item_counts.astype(np.float32)
    order = np.argsort(np.where(excluded, 1.0, -counts), kind="stable")
    order = order[~excluded[order]][:k]
    return order, counts[order]
