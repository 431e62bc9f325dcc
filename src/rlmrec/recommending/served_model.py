"""A trained model in use."""

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
    """A model that answers: lists of items, neighbours, and lists for users it has never seen.

    Args:
        model: with its weights, in evaluation mode.
        dataset: that it was trained on.
        mask: what the run's own test left out.
    """

    def __init__(self, model: Ranker, dataset: Dataset, mask: Mask) -> None:
        self.model = model
        self.dataset = dataset
        self.mask = mask

    @cached_property
    def scores(self) -> Scores:
        """Return the scores that rank."""
        with torch.no_grad():
            return self.model.scores()

    @cached_property
    def embeddings(self) -> EmbeddingScores | None:
        """Return the embeddings of users and items, if the model has some.

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
        """Yield the lists of users, some thousand users at a time, whose items are known by number.

        Args:
            users: external ids; all users of the dataset by default.
            request: how lists are made.
            new_items: items that came after training, with their profiles; they may stand in the lists.
            first_part: parts that are there already and are not made again.

        Raises:
            UserError: names users or items that are not in the dataset, or says that the model takes no new items.
        """
        names = named_users(self.dataset) if users is None else users
        rows = user_numbers(self.dataset, names, request)
        if not len(new_items):
            return self._ranked(names, rows, request, self.scores, self.dataset, first_part)
        grown = with_items(self.dataset, new_items)
        return self._ranked(names, rows, request, self._text_fold_in.scores(grown), grown, first_part)

    def _outside(self) -> np.ndarray | None:
        unranked = self.model.unranked_items()
        return None if unranked is None else unranked.cpu().numpy()

    def recommend(
        self, users: Sequence[str] | None, request: ListRequest, new_items: Newcomers = NOBODY
    ) -> pl.DataFrame:
        """Return ``lists`` in one table for people: user, rank, item, title and score."""
        return in_one_table(self.lists(users, request, new_items))

    def recommend_to_new(
        self,
        request: ListRequest,
        histories: Mapping[str, Sequence[str]] | None = None,
        users: Newcomers = NOBODY,
        new_items: Newcomers = NOBODY,
    ) -> pl.DataFrame:
        """Return ``lists_of_new`` in one table for people: user, rank, item, title and score."""
        return in_one_table(self.lists_of_new(request, histories, users, new_items))

    def lists_of_new(
        self,
        request: ListRequest,
        histories: Mapping[str, Sequence[str]] | None = None,
        users: Newcomers = NOBODY,
        new_items: Newcomers = NOBODY,
        first_part: int = 0,
    ) -> Iterator[Lists]:
        """Yield lists of users who were not there in training, by items of theirs, their profile, or both.

        Args:
            request: how lists are made. ``filter_seen`` leaves out the history, unless it is False.
            histories: external ids of items by the name of a user; a name may be that of a known user.
            users: new users with their profiles, of whom histories may tell more.
            new_items: items that came after training, with their profiles; they may stand in the lists.
            first_part: parts that are there already and are not made again.

        Raises:
            UserError: names items that are not in the dataset and users of whom nothing is known, or says that the
                model cannot take in newcomers.
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
        """Return the items nearest to some: item, rank, neighbour, title and score.

        Raises:
            UserError: names items that are not in the dataset, or says that the model does not compare items.
        """
        return similar(self.similarity("item"), self.dataset.items, ids, k, "item")

    def similar_users(self, ids: Sequence[str], k: int = 10) -> pl.DataFrame:
        """Return the users nearest to some: user, rank, neighbour, title and score; see ``similar_items``."""
        return similar(self.similarity("user"), self.dataset.users, ids, k, "user")

    def similarity(self, kind: str) -> Scores:
        """Return how alike items, or users, are, as scores of each for all.

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
        """Write the model into a new folder; see ``export.export``."""
        seen = ListRequest().seen(self.dataset, self.mask)
        assert seen is not None
        return export(self.scores, seen, self.dataset, folder, origin, index, self._outside())
