"""Answers of one model to questions, with external ids."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np
import polars as pl

from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.data.external_ids import known_numbers, numbers
from rlmrec.recommending import NOBODY, ListRequest, Newcomers
from rlmrec.recommending.lists import Lists
from rlmrec.serving.directory import Directory
from rlmrec.serving.questions import (
    FoldInQuestion,
    Model,
    Neighbour,
    Place,
    Question,
    Reason,
    RecommendQuestion,
    UserList,
)
from rlmrec.serving.reasons import Reasons

SOMEBODY = "you"


class Answers:
    """Answers questions with one trained run; its methods must not be called concurrently.

    Args:
        run: trained run.
        number: number of the model.
        name: name of the model, for people.
    """

    def __init__(self, run: TrainedRun, number: int, name: str) -> None:
        self.run, self.number, self.name = run, number, name
        self.served = run.served
        self.dataset = run.dataset
        self.reasons = Reasons(self.served)
        self.directory = Directory(self.dataset)

    def prepare(self) -> None:
        """Do in advance what the first questions would wait for: load weights and choose how newcomers are placed."""
        first = next((name for name in self.dataset.users["external_id"] if name), None)
        if first is not None:
            question = RecommendQuestion(users=[first], why=True)
            self.lists(key_of(question), question.users)
        with suppress(UserError):  # reported to whoever asks such a question
            self._place_somebody()

    def _place_somebody(self) -> None:
        """Place one newcomer by items, and also by a profile if the model supports it."""
        item = self.dataset.items["external_id"].filter(self.dataset.items["external_id"] != "")[:1].to_list()
        people, texts = NOBODY, self.dataset.user_embeddings
        if self.model.takes_profiles and texts is not None:
            people = Newcomers(pl.DataFrame({"external_id": [SOMEBODY]}), np.array(texts[:1], np.float32))
        self.served.recommend_to_new(ListRequest(k=1), {SOMEBODY: item}, people)

    @property
    def model(self) -> Model:
        """Return the description of the model."""
        results, options = self.run.results, self.run.options
        encoder = self.dataset.embeddings_info.get("encoder")
        takes = self.dataset.user_embeddings is not None and isinstance(encoder, str)
        return Model(
            number=self.number,
            name=self.name,
            backbone=results["backbone"],
            align=results["align"],
            dataset=results["dataset"],
            users=self.dataset.num_users,
            items=self.dataset.num_items,
            takes_profiles=takes and options.get("text_ablation", "none") == "none",
        )

    def lists(self, key: str, users: Sequence[str]) -> list[UserList]:
        """Return one list per user; lists of unknown users who are skipped are empty.

        Args:
            key: everything else in the question, as ``key_of`` serialises it.
            users: external ids.

        Raises:
            UserError: if users or items are not in the dataset; the message names them.
        """
        question = RecommendQuestion.model_validate_json(key)
        distinct = [*dict.fromkeys(users)]
        request = request_of(question, question.on_unknown)
        histories: list[list[int] | None] = [None] * len(distinct)
        if question.why:
            rows = numbers(self.dataset.users, distinct).tolist()
            histories = [self.dataset.train[[row]].indices.tolist() if row >= 0 else [] for row in rows]
        made = self._named(self.served.lists(distinct, request), histories)
        return [made[name] for name in users]

    def folded_in(self, question: FoldInQuestion) -> UserList:
        """Return a list for a user unseen in training.

        Raises:
            UserError: if nothing is known about the user, items are unknown, or the model does not support new users.
        """
        people = NOBODY
        if question.profile:
            people = self.run.newcomers(pl.DataFrame({"external_id": [SOMEBODY], "profile": [question.profile]}))
        lists = self.served.lists_of_new(request_of(question), {SOMEBODY: question.history}, people)
        history = None
        if question.why:
            history = known_numbers(self.dataset.items, question.history, "item").tolist()
        return self._named(lists, [history])[SOMEBODY]

    def similar(self, kind: str, name: str, k: int) -> list[Neighbour]:
        """Return the neighbours of an item or user.

        Raises:
            UserError: if the id is not in the dataset, or the model does not compare entities of this kind.
        """
        found = self.served.similar_items if kind == "item" else self.served.similar_users
        return [Neighbour.model_validate(row) for row in found([name], k).drop(kind).iter_rows(named=True)]

    def _named(self, parts: Iterable[Lists], histories: Sequence[list[int] | None]) -> dict[str, UserList]:
        """Return lists by external id of the user.

        Args:
            parts: lists with internal ids.
            histories: internal ids of each user's items, for the reasons; None for a list without reasons.
        """
        found = {}
        ids, titles = self._names
        rows = ((lists, row) for lists in parts for row in range(len(lists.users)))
        for (lists, row), history in zip(rows, histories, strict=True):
            taken = lists.items[row] >= 0
            items, scores = lists.items[row][taken], lists.scores[row][taken].tolist()
            names = zip(ids.gather(items).to_list(), titles.gather(items).to_list(), strict=True)
            why = [[]] * len(items) if history is None else self._why(items.tolist(), history)
            places = [
                Place(rank=rank, item=item, title=title, score=score, because=because)
                for rank, ((item, title), score, because) in enumerate(zip(names, scores, why, strict=True), 1)
            ]
            found[lists.users[row]] = UserList(user=lists.users[row], items=places)
        return found

    def _why(self, items: Sequence[int], history: Sequence[int]) -> list[list[Reason]]:
        ids, titles = self._names

        def reason(number: int, by_model: float | None, text: float | None) -> Reason:
            return Reason(item=ids[number], title=titles[number], collaborative=by_model, text=text)

        return [[reason(*told) for told in near] for near in self.reasons.of(items, history)]

    @property
    def _names(self) -> tuple[pl.Series, pl.Series]:
        """Return external ids and titles of all items, each of which may be empty."""
        return self.dataset.items["external_id"], self.dataset.items["title"]


def key_of(question: RecommendQuestion) -> str:
    """Serialise everything in a question except the users, so that equal questions can be answered together."""
    return json.dumps(question.model_dump() | {"users": ["-"]}, sort_keys=True)


def request_of(question: Question, on_unknown: str = "raise") -> ListRequest:
    """Convert a question to a ``ListRequest``."""
    wanted = question.model_dump(include={"k", "filter_seen", "items", "exclude"})
    return ListRequest(**wanted, on_unknown=on_unknown)  # type: ignore[arg-type]
