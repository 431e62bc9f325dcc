"""Concurrent requests to a backend, whose answers are stored, charged to a budget, and parsed."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from tqdm import tqdm

from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import Interrupted, UserError
from rlmrec.common.event_loop import Stop, workers
from rlmrec.common.terminal import progress_bar
from rlmrec.profiles.answer import MalformedAnswerError
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.budget import Budget
from rlmrec.profiles.records import as_record, lost_record
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore, Record

T = TypeVar("T")
REFUSALS = 16
"""Number of refused requests after which the refusals are not a coincidence."""


@dataclass(frozen=True)
class Written(Generic[T]):
    """The parsed content of an answer, the interactions behind its request, and its key."""

    interactions: tuple[int, ...]
    content: T
    key: str


@dataclass
class Results(Generic[T]):
    """The results of requests, by entity id."""

    written: dict[int, Written[T]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    asked: int = 0


class Writer(Generic[T]):
    """A writer with a bounded number of simultaneous requests; single failures do not end the run.

    Args:
        backend: backend, entered as a context manager.
        parse: function that extracts the content from a request and its answer.
        repair: function that builds the request after a malformed answer from request, answer and problem.
        store: open store of the answers.
        budget: budget of their cost.
        concurrency: maximum number of simultaneous requests.
    """

    def __init__(
        self,
        backend: Backend,
        parse: Callable[[Request, str], T],
        repair: Callable[[Request, str, str], Request],
        store: AnswerStore,
        budget: Budget,
        concurrency: int,
    ) -> None:
        self.backend = backend
        self.parse = parse
        self.repair = repair
        self.store = store
        self.budget = budget
        self.concurrency = concurrency
        self.stop = Stop()
        self.answers = 0
        self._under_way: dict[str, asyncio.Event] = {}
        self._failed: dict[str, str] = {}

    async def write(self, requests: Iterator[Request], total: int, title: str, unit: str = "profile") -> Results[T]:
        """Return the parsed answers to all requests.

        Args:
            requests: requests, consumed one by one as workers become free.
            total: maximum number of requests, for the progress bar.
            title: title of the progress bar.
            unit: unit of the progress bar.

        Raises:
            UserError: if the budget is exhausted or the backend refuses all requests; answers so far are kept.
            Interrupted: if a signal requests an end; answers so far are kept.
        """
        result: Results[T] = Results()
        bar = progress_bar(total=total, desc=title, unit=unit)
        with bar, self.stop.at_signals("stopped: all answers so far are kept, run again to continue"):
            await workers(self.concurrency, lambda: self._work(requests, result, bar))
        if self.stop.reason:
            raise self.stop.reason
        return result

    async def _work(self, requests: Iterator[Request], result: Results[T], bar: tqdm) -> None:
        try:
            for request in requests:
                try:
                    result.written[request.id] = await self._write(request, result)
                except NoAnswerError as error:
                    result.failed[request.id] = str(error)
                    self._stop_if_all_fail(result, error)
                bar.update()
                bar.set_postfix(
                    failed=len(result.failed), cost=self.budget.prices.shown(self.budget.spent), refresh=False
                )
                await asyncio.sleep(0)  # lets a signal be handled even if nothing else was awaited
                if self.stop.reason:
                    return
        except (UserError, Interrupted) as error:
            self.stop.now(error)  # the other workers finish their requests

    def _stop_if_all_fail(self, result: Results[T], error: NoAnswerError) -> None:
        """Stop the run if all requests so far failed, so that the cause is the endpoint and not a single text."""
        enough = self.concurrency if error.transient else max(self.concurrency, REFUSALS)
        if not self.answers and not result.written and len(result.failed) >= enough:
            message = f"the first {len(result.failed)} requests all failed, such as: {error}; run again to continue"
            self.stop.now(UserError(message))

    async def _write(self, request: Request, result: Results[T]) -> Written[T]:
        """Return the parsed answer to a request, with one repair of a malformed answer."""
        keys: list[str] = []
        voids: tuple[str, ...] = ()  # answers cost money: only a second malformed one invalidates them
        conversation = request
        try:
            for _ in range(2):
                keys.append(conversation.key(self.backend.model, self.backend.parameters))
                text = await self._text(conversation, keys[-1], result)
                try:
                    return Written(request.interactions, self.parse(request, text), keys[-1])
                except MalformedAnswerError as error:
                    problem = str(error)
                conversation = self.repair(conversation, text, problem)
            voids = tuple(keys)
            raise NoAnswerError(f"malformed twice: {problem}")
        except NoAnswerError as error:
            failure = Record(key=keys[0], kind=request.kind, id=request.id, error=str(error), voids=voids)
            self.store.append(failure)
            raise

    async def _text(self, request: Request, key: str, result: Results[T]) -> str:
        """Return the answer from the store, or request and store it."""
        while key in self._under_way:  # requested for an entity with equal facts
            await self._under_way[key].wait()
        known = self.store.answers.get(key)
        if known is not None and known.text is not None:
            return known.text
        if key in self._failed:  # for an entity with equal facts, in this run
            raise NoAnswerError(self._failed[key])
        self._under_way[key] = asyncio.Event()
        try:
            return await self._paid_text(request, key, result)
        except NoAnswerError as error:
            if not error.transient:
                self._failed[key] = str(error)
            raise
        finally:
            self._under_way.pop(key).set()

    async def _paid_text(self, request: Request, key: str, result: Results[T]) -> str:
        result.asked += 1
        answer = await self.backend.repeated(partial(self._attempt, request, key), self.stop.pause)
        if answer.problem:
            raise NoAnswerError(answer.problem)
        return self.store.answers[key].text or ""

    async def _attempt(self, request: Request, key: str) -> Answer:
        """Return the answer of one attempt, stored and charged; a lost answer is charged at its maximum cost."""
        most = self.backend.most_cost(request)
        await self.budget.reserve(most)
        record = None
        try:
            self._note_under_way(most)
            if self.stop.reason:  # set while this request waited
                raise self.stop.reason
            answer = await self.backend.answer(request)
            record = as_record(answer, request, key, self.backend)
            self.answers += 1
            return answer
        except (NoAnswerError, asyncio.CancelledError) as error:
            if most and getattr(error, "maybe_billed", True):
                record = lost_record(str(error) or "stopped", request, key, self.backend)
            raise
        finally:
            if record:
                self.store.append(record)
            self.budget.settle(most, record.cost + record.uncertain if record else 0.0)
            self._note_under_way(most)

    def _note_under_way(self, most: float) -> None:
        if most:  # the request costs money
            self.store.set_aside(sum(self.budget.reserved))
