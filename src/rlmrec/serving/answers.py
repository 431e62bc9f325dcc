"""The answers of one model, from questions to lists by external id."""

import json
from collections.abc import Sequence

import polars as pl

from rlmrec.api import TrainedRun
from rlmrec.data.external_ids import known_numbers, numbers
from rlmrec.recommending import NOBODY, Request
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
    """Answers questions by one trained run; none of its methods may be called twice at a time.

    Args:
        run: a trained run.
        number: of the model.
        name: of the model, for people.
    """

    def __init__(self, run: TrainedRun, number: int, name: str) -> None:
        self.run, self.number, self.name = run, number, name
        self.served = run.served
        self.dataset = run.dataset
        self.reasons = Reasons(self.served)
        self.directory = Directory(self.dataset)

    def prepare(self) -> None:
        """Do at the start what the first question would wait for: load weights and make the first list."""
        first = next((name for name in self.dataset.users["external_id"] if name), None)
        if first is not None:
            question = RecommendQuestion(users=[first], why=True)
            self.lists(key_of(question), question.users)

    @property
    def model(self) -> Model:
        """Return what there is to tell of the model."""
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
        """Return the lists of users, one for each; empty for unknown ones who are left out.

        Args:
            key: all else that was asked, as ``key_of`` writes it.
            users: external ids.

        Raises:
            UserError: names users or items that are not in the dataset.
        """
        question = RecommendQuestion.model_validate_json(key)
        distinct = [*dict.fromkeys(users)]
        table = self.served.recommend(distinct, request_of(question, question.on_unknown))
        by_user = {str(name): part for (name,), part in table.partition_by("user", as_dict=True).items()}
        why = {}
        if question.why:
            rows = numbers(self.dataset.users, distinct)
            for name, row in zip(distinct, rows.tolist(), strict=True):
                history = self.dataset.train[[row]].indices.tolist() if row >= 0 else []
                why[name] = self._why(by_user.get(name), history)
        made = {name: self._list(name, by_user.get(name), why.get(name)) for name in distinct}
        return [made[name] for name in users]

    def folded_in(self, question: FoldInQuestion) -> UserList:
        """Return a list for somebody who was not there in training.

        Raises:
            UserError: if nothing is known of them, an item is not in the dataset, or the model takes no new users.
        """
        people = NOBODY
        if question.profile:
            people = self.run.newcomers(pl.DataFrame({"external_id": [SOMEBODY], "profile": [question.profile]}))
        histories = {SOMEBODY: question.history}
        table = self.served.recommend_to_new(request_of(question), histories, people)
        why = None
        if question.why:
            why = self._why(table, known_numbers(self.dataset.items, question.history, "item").tolist())
        return self._list(SOMEBODY, table, why)

    def similar(self, kind: str, name: str, k: int) -> list[Neighbour]:
        """Return the neighbours of an item or user.

        Raises:
            UserError: if there is none of this name, or the model does not compare such.
        """
        found = self.served.similar_items if kind == "item" else self.served.similar_users
        return [Neighbour.model_validate(row) for row in found([name], k).drop(kind).iter_rows(named=True)]

    def _why(self, table: pl.DataFrame | None, history: Sequence[int]) -> list[list[Reason]]:
        if table is None:
            return []
        items = known_numbers(self.dataset.items, table["item"].to_list(), "item").tolist()
        ids, titles = self.dataset.items["external_id"], self.dataset.items["title"]

        def reason(number: int, by_model: float | None, text: float | None) -> Reason:
            return Reason(item=ids[number], title=titles[number], collaborative=by_model, text=text)

        return [[reason(*told) for told in near] for near in self.reasons.of(items, history)]

    def _list(self, name: str, table: pl.DataFrame | None, why: list[list[Reason]] | None) -> UserList:
        rows = [] if table is None else [*table.select("rank", "item", "title", "score").iter_rows(named=True)]
        because = why or [[] for _ in rows]
        return UserList(user=name, items=[Place(**row, because=near) for row, near in zip(rows, because, strict=True)])


def key_of(question: RecommendQuestion) -> str:
    """Return all that a question asks besides the users, so that equal ones can be answered together."""
    return json.dumps(question.model_dump() | {"users": ["-"]}, sort_keys=True)


def request_of(question: Question, on_unknown: str = "raise") -> Request:
    """Return a question as a request."""
    wanted = question.model_dump(include={"k", "filter_seen", "items", "exclude"})
    return Request(**wanted, on_unknown=on_unknown)  # type: ignore[arg-type]
