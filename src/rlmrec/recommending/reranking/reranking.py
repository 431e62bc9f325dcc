"""Many lists, reordered by a language model."""

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
    """Reordered lists.

    Args:
        lists: columns user and item (numbers), rank from 1, and before, the rank that an item had.
        failed: why lists of some users stayed as they were, by number.
        asked: answers that had to be asked for; the others were there.
        cost: of all answers so far, in words.
    """

    lists: pl.DataFrame
    failed: dict[int, str]
    asked: int
    cost: str


class Reranker:
    """Reorders the first items of lists by a language model, from profiles and titles.

    RLMRec's appendix asks a language model to rerank what a recommender found. What a prompt says of a user is the
    profile, and titles of a few training items; of an item the title, and the beginning of its profile.

    Args:
        llm: the back end that answers.
        templates: a folder with templates of its own for ``rerank.j2``, ``rerank_facts.j2`` or ``rerank_repair.j2``.
        history: training items in a prompt at most, drawn from the seed.
        profile_characters: longer profiles of items are cut; 0 leaves them out.
        user_characters: longer profiles of users are cut.
        seed: of what is drawn.
        concurrency: simultaneous requests.
        max_cost: never let the answers of a run cost more, in the currency of the prices.

    Raises:
        UserError: if ``max_cost`` is given where answers have no price, or no limit on their length.
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
        """Return all that an order of given lists follows from, JSON-ready."""
        llm = {"model": self.llm.model, "parameters": self.llm.parameters, "templates": self.prompts.sha256()}
        texts = {"history": self.history, "profiles": self.profile_characters, "users": self.user_characters}
        return llm | texts | {"seed": self.seed}

    def requests(self, dataset: Dataset, lists: pl.DataFrame) -> Iterator[Request]:
        """Yield a request for each user, numbered by the order of the lists.

        Args:
            dataset: that the lists are of.
            lists: columns user, rank and item, by number, which everybody and everything has.
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
        """Return the lists in their new order; answers are kept in a folder, and nothing is paid for twice.

        Args:
            dataset: that the lists are of.
            lists: columns user, rank and item, by number, which everybody and everything has.
            folder: for answers, made if it is not there.

        Raises:
            UserError: if the money is spent or the back end refuses all requests; answers so far are kept.
            Interrupted: after a signal; answers so far are kept.
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
    """Yield each user with the items of the list, best first; all by number."""
    ordered = lists.sort("user", "rank", maintain_order=True).group_by("user", maintain_order=True).agg("item")
    yield from zip(ordered["user"].to_list(), ordered["item"].to_list(), strict=True)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters].rstrip() + CUT if characters else ""
