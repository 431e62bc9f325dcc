"""Lists of items for users, computed in parts."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.backbones.scores import Scores
from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Mask
from rlmrec.common.terminal import counted, progress_bar
from rlmrec.data.dataset import Dataset
from rlmrec.data.external_ids import known_numbers, numbers, refuse_unknown
from rlmrec.data.matrices import coordinates
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.recommending.request import ListRequest, popular_first

USERS_AT_ONCE = 8192
SCHEMA = pl.Schema({"user": pl.String, "rank": pl.Int64, "item": pl.String, "title": pl.String, "score": pl.Float32})
"""Columns of lists: external ids of user and item, rank from 1, title, and the score that determined the rank."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lists:
    """Lists of some users, with items by internal id, since some items lack a unique external id.

    Args:
        users: external ids of ``V`` users.
        entities: table of the dataset's items.
        items: internal ids of the items, best first, -1 for empty ranks, ``(V, k)``.
        scores: scores of the items, ``(V, k)``.
    """

    users: Sequence[str]
    entities: pl.DataFrame
    items: np.ndarray
    scores: np.ndarray

    def named(self) -> pl.DataFrame:
        """Return the lists as a table with the columns in ``SCHEMA``; users with an empty list have no rows."""
        return named_lists("user", self.users, "item", self.entities, self.items, self.scores)


def in_one_table(parts: Iterable[Lists]) -> pl.DataFrame:
    """Return lists as one table with the columns in ``SCHEMA``."""
    return pl.concat([SCHEMA.to_frame(), *(lists.named() for lists in parts)])


def named_users(dataset: Dataset) -> list[str]:
    """Return the external ids of all users who have one.

    Raises:
        UserError: if no user has one.
    """
    names = [name for name in dataset.users["external_id"].to_list() if name]
    if not names:
        raise UserError(f"the users of {dataset.name} have no external ids, which lists need")
    if without := dataset.num_users - len(names):
        log.warning("%s of %s have no external id and get no list", counted(without, "user"), f"{dataset.num_users:,}")
    return names


def tell_nameless(items: pl.DataFrame) -> None:
    """Warn about items without an external id, if there are any."""
    if without := int((items["external_id"] == "").sum()):
        told = "their id is empty in lists, their title is shown if there is one"
        log.warning("%s of %s without an external id: %s", counted(without, "item"), f"{len(items):,}", told)


def user_numbers(dataset: Dataset, users: Sequence[str], request: ListRequest) -> np.ndarray:
    """Return the internal ids of users, -1 for unknown ones, ``(V,)``.

    Raises:
        UserError: if there are unknown users and the request does not allow them; the message names them.
    """
    rows = numbers(dataset.users, users)
    if request.on_unknown == "raise":
        unknown = [name for name, row in zip(users, rows, strict=True) if row < 0]
        refuse_unknown(unknown, "user", dataset.num_users, "; on_unknown=skip or popular accepts such users")
    return rows


def recommend(
    scores: Scores,
    dataset: Dataset,
    users: Sequence[str],
    rows: np.ndarray,
    request: ListRequest,
    mask: Mask = "train",
    outside: np.ndarray | None = None,
    first_part: int = 0,
) -> Iterator[Lists]:
    """Yield the lists of users in the given order, in parts of several thousand users.

    Args:
        scores: scores of all users and items.
        dataset: dataset that the model was trained on.
        users: external ids of ``V`` users.
        rows: internal ids of the users, -1 for unknown ones, ``(V,)``.
        request: options of the lists.
        mask: interactions that the run's own test excluded.
        outside: items that the run does not rank, ``(num_items,)`` bool; none by default.
        first_part: number of finished parts to skip.

    Raises:
        UserError: if requested or excluded items are not in the dataset; the message names them.
    """
    excluded = _excluded(dataset, request)
    if outside is not None:
        excluded |= outside
    seen = request.seen(dataset, mask)
    k = min(request.k, dataset.num_items)
    popular = popular_first(dataset, excluded, k)
    parts = chunks(len(users), USERS_AT_ONCE)[first_part:]
    for part in progress_bar(parts, desc="recommending", unit="part", leave=False):
        asked, numbered = users[part], rows[part]
        items, found = _ranked(scores, numbered, seen, excluded, k)
        if request.on_unknown == "popular":
            length = len(popular[0])
            items[numbered < 0, :length], found[numbered < 0, :length] = popular
        yield Lists(asked, dataset.items, items, found)


def _ranked(
    scores: Scores, rows: np.ndarray, seen: csr_array | None, excluded: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return items and scores of the lists of some users, each ``(V, k)``; items of unknown users are -1."""
    known = rows >= 0
    items, found = np.full((len(rows), k), -1), np.full((len(rows), k), -np.inf, np.float32)
    if not known.any():
        return items, found
    pairs = torch.zeros(2, 0, dtype=torch.int64) if seen is None else torch.from_numpy(coordinates(seen[rows[known]]))
    device = scores.device
    with torch.no_grad():
        best, values = scored_top_items(
            scores,
            torch.from_numpy(rows[known]).to(device),
            pairs.to(device),
            k,
            torch.from_numpy(excluded).to(device) if excluded.any() else None,
        )
    items[known], found[known] = best.cpu().numpy(), values.float().cpu().numpy()
    return items, found


def _excluded(dataset: Dataset, request: ListRequest) -> np.ndarray:
    """Return which items the request excludes for all users, ``(num_items,)`` bool."""
    excluded = np.zeros(dataset.num_items, bool)
    if request.items is not None:
        excluded[:] = True
        excluded[known_numbers(dataset.items, request.items, "item")] = False
    excluded[known_numbers(dataset.items, request.exclude, "item")] = True
    return excluded


def named_lists(
    owner: str, owners: Sequence[str], listed: str, entities: pl.DataFrame, found: np.ndarray, scores: np.ndarray
) -> pl.DataFrame:
    """Return lists as a table by external id, with a row for each rank that is not empty.

    Args:
        owner: name of the column of list owners.
        owners: external ids of ``V`` owners.
        listed: name of the column of listed entities.
        entities: table of the dataset's users or items that are listed.
        found: internal ids of the listed entities, best first, -1 for empty ranks, ``(V, k)``.
        scores: scores of the listed entities, ``(V, k)``.

    Returns:
        Columns ``owner``, rank (from 1), ``listed``, title and score.
    """
    length = found.shape[1]
    table = pl.DataFrame(
        {
            owner: pl.Series(owners, dtype=pl.String).gather(np.repeat(np.arange(len(owners)), length)),
            "rank": np.tile(np.arange(1, length + 1), len(owners)),
            "number": found.ravel(),
            "score": scores.ravel(),
        }
    ).filter(pl.col("number") >= 0)
    names = entities.select("external_id", "title")[table["number"]]
    return table.select(owner, "rank", names["external_id"].alias(listed), names["title"], "score")
