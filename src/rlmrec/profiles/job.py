"""Writing profiles for a dataset folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from annotated_types import Gt
from pydantic import PositiveInt

from rlmrec.common import event_loop
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Seed
from rlmrec.common.processes.locks import writing
from rlmrec.data.dataset import KINDS, Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.data.updating import update_profiles
from rlmrec.profiles import leaks
from rlmrec.profiles.answer import Profile, parse
from rlmrec.profiles.backends.base import Backend
from rlmrec.profiles.budget import Budget, refuse_unbounded
from rlmrec.profiles.evidence import Evidence, Sampling, read_log
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.request_builder import RequestBuilder
from rlmrec.profiles.store import AnswerStore
from rlmrec.profiles.writer import Results, Writer

Stage = Results[Profile]
"""Results of one stage, items or users."""
VERSIONED = ("jinja2", "pydantic", "rlmrec-lightning")


@dataclass(frozen=True)
class OpenFolder:
    """A dataset folder that is open for writing profiles."""

    dataset: Dataset
    log: pl.LazyFrame
    store: AnswerStore
    requests: RequestBuilder


@dataclass(frozen=True)
class Summary:
    """The result of a run.

    Args:
        items: result of the stage of items.
        users: result of the stage of users.
        unknown: numbers of items and of users without any known facts, whose profiles stay empty.
        cost: description of the cost of all answers in the folder's store.
        sources: number of training interactions that the profiles were written from.
    """

    items: Stage
    users: Stage
    unknown: tuple[int, int]
    cost: str
    sources: int


class ProfileJob:
    """A job that writes profiles of all items, then of all users from those of their items (RLMRec, WWW 2024).

    Args:
        folder: path of a folder in the native format.
        llm: backend that writes the profiles.
        prompt: templates of the prompts.
        sampling: limits on the content of prompts.
        seed: seed of the samples.
        concurrency: number of simultaneous requests.
        max_cost: limit on the total cost of the folder's answers, in the currency of the prices.
        answer_tokens: typical length of an answer, for the estimates of a preview.
        replace: whether imported profiles may be replaced, too.
        llm_name: name of the backend's configuration, for the manifest.
        prompt_name: name of the prompts' configuration, for the manifest.

    Raises:
        UserError: if ``max_cost`` is set, but answers have no price or no length limit.
    """

    def __init__(
        self,
        folder: str,
        llm: Backend,
        prompt: Prompts,
        sampling: Sampling | None = None,
        seed: Seed = 2023,
        concurrency: PositiveInt = 16,
        max_cost: Annotated[float, Gt(0)] | None = None,
        answer_tokens: PositiveInt = 200,
        replace: bool = False,
        llm_name: str = "",
        prompt_name: str = "",
    ) -> None:
        refuse_unbounded(max_cost, llm)
        self.folder = Path(folder)
        self.llm = llm
        self.prompt = prompt
        self.sampling = sampling or Sampling()
        self.seed = seed
        self.concurrency = concurrency
        self.max_cost = max_cost
        self.answer_tokens = answer_tokens
        self.replace = replace
        self.names = {"llm": llm_name, "prompt": prompt_name}

    @contextmanager
    def open(self) -> Iterator[OpenFolder]:
        """Lock the folder, load it, and open its store of answers."""
        with writing(self.folder):
            dataset = FolderDataset(str(self.folder)).load()
            log = read_log(self.folder, dataset)
            evidence = Evidence(dataset, log, self.sampling, self.seed)
            leaks.check_table(evidence.sources(), log, dataset)  # before anything is sent
            with AnswerStore(self.folder) as store:
                store.refuse_other_currency(self.llm.prices)
                yield OpenFolder(dataset, log, store, RequestBuilder(evidence, self.prompt, self.llm, store))

    def budget(self, store: AnswerStore) -> Budget:
        """Return the budget, with the amount already spent."""
        return Budget(self.llm.prices, store.spent + store.uncertain, self.max_cost)

    def write(self) -> Summary:
        """Write missing profiles, check all for leaks, and store them in the folder.

        Raises:
            UserError: if the run had to stop early, the check fails, or imported profiles would be lost; the folder is
                left unchanged.
        """
        self._refuse_replacing_imported()
        with self.open() as opened:
            self._refuse_replacing_imported()  # again: the lock now prevents imports
            budget = self.budget(opened.store)
            items, users = event_loop.run(lambda: self._stages(opened, budget))
            _refuse_to_empty(opened.dataset, items, users)
            table = _table(items, users)
            sources = leaks.check_table(table, opened.log, opened.dataset)
            counts = (opened.dataset.num_items, opened.dataset.num_users)
            item_texts, user_texts = (
                [texts.get(number, "") for number in range(count)]
                for texts, count in zip((_texts(items), _texts(users)), counts, strict=True)
            )
            update_profiles(self.folder, user_texts, item_texts, self._about(items, users, opened.store), table)
            known = [len(result.written) + len(result.failed) for result in (items, users)]
            unknown = (counts[0] - known[0], counts[1] - known[1])
            return Summary(items, users, unknown, opened.store.cost(self.llm.prices), sources)

    def _refuse_replacing_imported(self) -> None:
        Manifest.read(self.folder).refuse_replacing_imported(self.folder, "profiles", KINDS, self.replace)

    async def _stages(self, opened: OpenFolder, budget: Budget) -> tuple[Stage, Stage]:
        async with self.llm as backend:
            reading = (lambda _, text: parse(text), self.prompt.repair)
            writer = Writer(backend, *reading, opened.store, budget, self.concurrency)
            items = await writer.write(opened.requests.items(), opened.dataset.num_items, "items")
            users = await writer.write(opened.requests.users(_texts(items)), opened.dataset.num_users, "users")
        return items, users

    def _about(self, items: Stage, users: Stage, store: AnswerStore) -> dict[str, Any]:
        """Return how the profiles were made, for the manifest; without secrets, paths or times."""
        return {
            **self.names,
            "model": self.llm.model,
            "parameters": self.llm.parameters,
            "prompt_sha256": self.prompt.sha256(),
            "sampling": vars(self.sampling),
            "seed": self.seed,
            "written": {"items": len(items.written), "users": len(users.written)},
            "failed": {"items": len(items.failed), "users": len(users.failed)},
            **({"cost": {store.currency: round(store.spent, 6)}} if store.spent else {}),
            "versions": {package: version(package) for package in (*VERSIONED, *self.llm.packages)},
        }


def _refuse_to_empty(dataset: Dataset, items: Stage, users: Stage) -> None:
    """Refuse to replace existing profiles by empty ones.

    Raises:
        UserError: if the folder has profiles, and all requests failed.
    """
    failed = [*items.failed.values(), *users.failed.values()]
    has_some = any((table["profile"] != "").any() for table in (dataset.items, dataset.users))
    if has_some and failed and not items.written and not users.written:
        raise UserError(
            f"all {len(failed)} requests failed, such as: {failed[0]}; the folder stays as it was, run again to retry"
        )


def _texts(stage: Stage) -> dict[int, str]:
    return {number: written.content.summarization for number, written in stage.written.items()}


def _table(items: Stage, users: Stage) -> pl.DataFrame:
    """Return the table of profiles and their sources, sorted by kind and id."""
    rows = [
        (
            kind,
            number,
            written.content.summarization,
            written.content.reasoning,
            list(written.interactions),
            written.key,
        )
        for kind, result in (("item", items), ("user", users))
        for number, written in sorted(result.written.items())
    ]
    return pl.DataFrame(rows, schema=leaks.SCHEMA, orient="row")
