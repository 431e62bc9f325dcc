"""Reranking of many lists by a language model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Gt
from pydantic import NonNegativeInt, PositiveInt

from rlmrec.common import event_loop
from rlmrec.common.option_types import Seed
from rlmrec.common.processes.locks import claimed
from rlmrec.common.seeding import derive_seed
from rlmrec.data.dataset import Dataset
from rlmrec.profiles.backends.base import Backend
from rlmrec.profiles.budget import Budget, refuse_unbounded
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore
from rlmrec.profiles.writer import Results, Writer
from rlmrec.recommending.reranking.order import parse_order

TEMPLATES = ("rerank.j2", "rerank_facts.j2", "rerank_repair.j2")
ANSWERS = Path("answers.jsonl")
CUT = "..."


@dataclass(frozen=True)
class Reranked:
    """Reranked lists.

    Args:
        lists: columns user and item (internal ids), rank from 1, and before, the original rank of the item.
        failed: reasons why lists were left unchanged, by internal id of the user.
        asked: number of answers that were requested; the others were stored already.
        cost: cost of all answers so far, as text.
    """

    lists: pl.DataFrame
    failed: dict[int, str]
    asked: int
    cost: str


class Reranker:
    """Reranks the top items of lists by a language model, based on profiles and titles.

    The appendix of RLMRec reranks a recommender's results with a language model. A prompt describes the user by the
    profile and the titles of some training items, and each item by its title and the beginning of its profile.

    Args:
        llm: back end that answers.
        templates: name or path of the templates, a folder that may hold ``rerank.j2``, ``rerank_facts.j2`` and
            ``rerank_repair.j2``.
        history: maximum number of training items in a prompt, drawn at random.
        profile_characters: length at which profiles of items are cut; 0 omits them.
        user_characters: length at which profiles of users are cut.
        seed: seed of the random draws.
        concurrency: number of simultaneous requests.
        max_cost: upper limit for the cost of a run's answers, in the currency of the prices.

    Raises:
        UserError: if ``max_cost`` is set although answers have no price, or no limit on their length.
    """

    def __init__(
        self,
        llm: Backend,
        templates: str = "generic",
        history: NonNegativeInt = 10,
        profile_characters: NonNegativeInt = 300,
        user_characters: PositiveInt = 2000,
        seed: Seed = 2023,
        concurrency: PositiveInt = 16,
        max_cost: Annotated[float, Gt(0)] | None = None,
    ) -> None:
        refuse_unbounded(max_cost, llm)
        self.llm = llm
        self.prompts = Prompts(templates, TEMPLATES, "templates")
        self.history, self.seed = history, seed
        self.profile_characters, self.user_characters = profile_characters, user_characters
        self.concurrency, self.max_cost = concurrency, max_cost

    @property
    def origin(self) -> dict[str, Any]:
        """Return everything that determines the order of given lists, JSON-serialisable."""
        llm = {"model": self.llm.model, "parameters": self.llm.parameters, "templates": self.prompts.sha256()}
        texts = {"history": self.history, "profiles": self.profile_characters, "users": self.user_characters}
        return llm | texts | {"seed": self.seed}

    def requests(self, dataset: Dataset, lists: pl.DataFrame) -> Iterator[Request]:
        """Yield a request for each user, numbered in the order of the lists.

        Args:
            dataset: dataset of the lists.
            lists: columns user, rank and item, with internal ids.
        """
        titles, profiles = dataset.items["title"].to_list(), dataset.items["profile"].to_list()
        named = [title or name for title, name in zip(titles, dataset.items["external_id"], strict=True)]
        for number, (user, items) in enumerate(grouped(lists)):
            chosen = dataset.train[[user]].indices
            if len(chosen) > self.history:
                draw = np.random.default_rng(derive_seed(self.seed, "rerank", user))
                chosen = np.sort(draw.choice(chosen, self.history, replace=False))
            candidates = [
                {"title": named[item], "profile": _cut(profiles[item], self.profile_characters)} for item in items
            ]
            messages = self.prompts.conversation(
                "rerank",
                profile=_cut(dataset.users["profile"][user], self.user_characters),
                chosen=[named[item] for item in chosen],
                candidates=candidates,
            )
            yield Request("user", number, messages, None, ())

    def rerank(self, dataset: Dataset, lists: pl.DataFrame, folder: Path) -> Reranked:
        """Return the lists in their new order; answers are stored in a folder, so that none is paid for twice.

        Args:
            dataset: dataset of the lists.
            lists: columns user, rank and item, with internal ids.
            folder: folder for answers, created if absent.

        Raises:
            UserError: if the budget is spent or the back end refuses all requests; earlier answers are kept.
            Interrupted: if a signal arrives; earlier answers are kept.
        """
        groups = list(grouped(lists))
        counts = [len(items) for _, items in groups]
        folder.mkdir(parents=True, exist_ok=True)
        with claimed(folder / ANSWERS), AnswerStore(folder, ANSWERS) as store:
            store.refuse_other_currency(self.llm.prices)
            found = event_loop.run(lambda: self._asked(store, self.requests(dataset, lists), counts))
            cost = store.cost(self.llm.prices)
        rows, failed = [], {groups[number][0]: reason for number, reason in found.failed.items()}
        for number, (user, items) in enumerate(groups):
            written = found.written.get(number)
            order: Sequence[int] = range(len(items)) if written is None else written.content
            rows += [(user, items[place], rank, place + 1) for rank, place in enumerate(order, 1)]
        columns = {"user": pl.Int64, "item": pl.Int64, "rank": pl.Int64, "before": pl.Int64}
        return Reranked(pl.DataFrame(rows, columns, orient="row"), failed, found.asked, cost)

    async def _asked(
        self, store: AnswerStore, requests: Iterator[Request], counts: Sequence[int]
    ) -> Results[tuple[int, ...]]:
        budget = Budget(self.llm.prices, store.spent + store.uncertain, self.max_cost)
        async with self.llm as backend:
            reading = (lambda request, text: parse_order(text, counts[request.id]), self.prompts.repair)
            writer = Writer(backend, *reading, store, budget, self.concurrency)
            return await writer.write(requests, len(counts), "reranking", unit="list")


def grouped(lists: pl.DataFrame) -> Iterator[tuple[int, list[int]]]:
    """Yield each user with the items of the list, best first, all by internal id."""
    ordered = lists.sort("user", "rank", maintain_order=True).group_by("user", maintain_order=True).agg("item")
    yield from zip(ordered["user"].to_list(), ordered["item"].to_list(), strict=True)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters].rstrip() + CUT if characters else ""
