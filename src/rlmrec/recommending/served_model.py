"""A trained model that serves recommendations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.backbones.scores import EmbeddingScores, Scores
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Mask
from rlmrec.data.dataset import Dataset
from rlmrec.data.external_ids import known_numbers, refuse_other_than_text
from rlmrec.recommending.export import export
from rlmrec.recommending.fold_in import FoldIn, histories_of
from rlmrec.recommending.indexes.base import NearestItems
from rlmrec.recommending.lists import Lists, in_one_table, named_users, recommend, user_numbers
from rlmrec.recommending.new_users import NewUsers
from rlmrec.recommending.newcomers import NOBODY, Newcomers, with_columns, with_items
from rlmrec.recommending.request import ListRequest
from rlmrec.recommending.similar import cosines, rows_of, similar
from rlmrec.recommending.text_fold_in import TextFoldIn
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.ranker import Ranker
from rlmrec.training.recommender import DIVERGED


class ServedModel:
    """A model that serves lists of items, neighbours, and lists for users unseen in training.

    Args:
        model: trained model, in evaluation mode.
        dataset: dataset that the model was trained on.
        mask: interactions that the run's own test excluded.
    """

    def __init__(self, model: Ranker, dataset: Dataset, mask: Mask) -> None:
        self.model = model
        self.dataset = dataset
        self.mask = mask

    @cached_property
    def scores(self) -> Scores:
        """Return the scores by which items are ranked."""
        with torch.no_grad():
            return self.model.scores()

    @cached_property
    def embeddings(self) -> EmbeddingScores | None:
        """Return the embeddings of users and items, or None if the model has none.

        Raises:
            UserError: if they are not finite.
        """
        try:
            found = EmbeddingScores(*self.model.embed())
        except UserError:
            return None
        if not (found.users.isfinite().all() and found.items.isfinite().all()):
            raise UserError(DIVERGED)
        return found

    @cached_property
    def _fold_in(self) -> FoldIn:
        return FoldIn(self.model, self.embeddings, self.dataset)

    def lists(
        self, users: Sequence[str] | None, request: ListRequest, new_items: Newcomers = NOBODY, first_part: int = 0
    ) -> Iterator[Lists]:
        """Yield the lists of users with items by internal id, in parts of several thousand users.

        Args:
            users: external ids; all users of the dataset by default.
            request: options of the lists.
            new_items: items added after training, with their profiles, which may appear in the lists.
            first_part: number of finished parts to skip.

        Raises:
            UserError: if users or items are not in the dataset, or the model does not support new items.
        """
        names = named_users(self.dataset) if users is None else users
        rows = user_numbers(self.dataset, names, request)
        if not len(new_items):
            return self._ranked(names, rows, request, self.scores, self.dataset, first_part)
        grown = with_items(self.dataset, new_items)
        return self._ranked(names, rows, request, self._text_fold_in.scores(grown), grown, first_part)

    def _outside(self) -> np.ndarray | None:
        unranked = self.model.unranked_items
        return None if unranked is None else unranked.cpu().numpy()

    def recommend(
        self, users: Sequence[str] | None, request: ListRequest, new_items: Newcomers = NOBODY
    ) -> pl.DataFrame:
        """Return ``lists`` as one table for people: user, rank, item, title and score."""
        return in_one_table(self.lists(users, request, new_items))

    def recommend_to_new(
        self,
        request: ListRequest,
        histories: Mapping[str, Sequence[str]] | None = None,
        users: Newcomers = NOBODY,
        new_items: Newcomers = NOBODY,
    ) -> pl.DataFrame:
        """Return ``lists_of_new`` as one table for people: user, rank, item, title and score."""
        return in_one_table(self.lists_of_new(request, histories, users, new_items))

    def lists_of_new(
        self,
        request: ListRequest,
        histories: Mapping[str, Sequence[str]] | None = None,
        users: Newcomers = NOBODY,
        new_items: Newcomers = NOBODY,
        first_part: int = 0,
    ) -> Iterator[Lists]:
        """Yield lists for users unseen in training, from their items, their profile, or both.

        Args:
            request: options of the lists; ``filter_seen`` excludes the history unless it is False.
            histories: external ids of items by name of the user, which may be that of a known user.
            users: new users with their profiles, who may also have histories.
            new_items: items added after training, with their profiles, which may appear in the lists.
            first_part: number of finished parts to skip.

        Raises:
            UserError: if items are not in the dataset, a user has no data, or the model does not support newcomers.
        """
        if not histories and not len(users):
            raise UserError("name new users: histories of items, profiles, or both")
        refuse_other_than_text(histories or ())
        numbers = {name: known_numbers(self.dataset.items, ids, "item") for name, ids in (histories or {}).items()}
        users = users.with_others([*numbers])
        names = users.table["external_id"].to_list()
        new = histories_of(self.dataset.num_items, [numbers.get(name, np.zeros(0, np.int64)) for name in names])
        known = np.diff(new.indptr) > 0
        if not (known | users.has_profile).all():
            nothing = names[int(np.flatnonzero(~(known | users.has_profile))[0])]
            raise UserError(f"nothing is known of the new user {nothing!r}: give items or a profile")
        grown = with_items(self.dataset, new_items) if len(new_items) else self.dataset
        if len(new_items):
            scores = NewUsers(self._text_fold_in, grown).scores(users, new)
        elif users.has_profile.any():
            scores = self._new_users.scores(users, new)
        else:
            scores = self._fold_in.scores(new)
        rows, nobody = np.arange(len(names)), csr_array((len(names), grown.num_items), dtype=new.dtype)
        table = pl.DataFrame({"id": rows, "external_id": pl.Series(names, dtype=pl.String)})
        seen = with_columns(new, grown.num_items)
        alone = replace(grown, users=table, train=seen, val=nobody, test=nobody, train_weights=None)
        return self._ranked(names, rows, request, scores, alone, first_part)

    @cached_property
    def _new_users(self) -> NewUsers:
        return NewUsers(self._text_fold_in, self.dataset)

    @cached_property
    def _text_fold_in(self) -> TextFoldIn:
        return TextFoldIn(self._fold_in)

    def _ranked(
        self,
        names: Sequence[str],
        rows: np.ndarray,
        request: ListRequest,
        scores: Scores,
        dataset: Dataset,
        first_part: int,
    ) -> Iterator[Lists]:
        outside = self._outside()
        if outside is not None:
            outside = np.concatenate([outside, np.zeros(dataset.num_items - len(outside), bool)])
        return recommend(scores, dataset, names, rows, request, self.mask, outside, first_part)

    def similar_items(self, ids: Sequence[str], k: int = 10) -> pl.DataFrame:
        """Return the items nearest to the given ones: item, rank, neighbour, title and score.

        Raises:
            UserError: if items are not in the dataset, or the model does not compare items.
        """
        return similar(self.similarity("item"), self.dataset.items, ids, k, "item")

    def similar_users(self, ids: Sequence[str], k: int = 10) -> pl.DataFrame:
        """Return the users nearest to the given ones: user, rank, neighbour, title and score; see ``similar_items``."""
        return similar(self.similarity("user"), self.dataset.users, ids, k, "user")

    def similarity(self, kind: str) -> Scores:
        """Return the similarities of all items, or users, to one another as scores.

        Raises:
            UserError: if the model does not compare them.
        """
        if self.embeddings is not None:
            return cosines(self.embeddings.items if kind == "item" else self.embeddings.users)
        matrix = None
        if isinstance(self.model, FittedRecommender):
            of_kind = {"item": self.model.backbone.item_similarity, "user": self.model.backbone.user_similarity}
            matrix = of_kind[kind](self.model.fitted)
        if matrix is None:
            raise UserError(f"{type(self.model.backbone).__name__} does not compare {kind}s with one another")
        return rows_of(matrix)

    def export(self, folder: str | Path, origin: dict[str, Any], index: NearestItems | None = None) -> dict[str, Any]:
        """Write the model to a new folder; see ``export.export``."""
        seen = ListRequest().seen(self.dataset, self.mask)
        assert seen is not None
        return export(self.scores, seen, self.dataset, folder, origin, index, self._outside())
