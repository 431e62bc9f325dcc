"""Concurrent writing of many profiles."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from tqdm import tqdm

from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import Interrupted, UserError
from rlmrec.common.processes.signals import stopping
from rlmrec.common.terminal import progress_bar
from rlmrec.profiles.answer import MalformedAnswerError, Profile, parse
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.budget import Budget
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.records import as_record, lost_record
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore, Record


@dataclass(frozen=True)
class WrittenProfile:
    """A finished profile, the interactions it was written from, and the key of the answer that holds it."""

    interactions: tuple[int, ...]
    profile: Profile
    key: str


@dataclass
class StageResult:
    """Results of a number of requests, by id."""

    written: dict[int, WrittenProfile] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    asked: int = 0

    @property
    def profiles(self) -> dict[int, str]:
        """Return the profile texts."""
        return {number: written.profile.summarization for number, written in self.written.items()}


class ProfileWriter:
    """A writer with a bounded number of simultaneous requests: answers are kept at once, failures do not end the run.

    Args:
        backend: the back end, entered.
        prompts: for a second try after a malformed answer.
        store: where answers are kept; open.
        budget: of their cost.
        concurrency: simultaneous requests.
    """

    def __init__(
        self, backend: Backend, prompts: Prompts, store: AnswerStore, budget: Budget, concurrency: int
    ) -> None:
        self.backend = backend
        self.prompts = prompts
        self.store = store
        self.budget = budget
        self.concurrency = concurrency
        self.stop: UserError | Interrupted | None = None
        self.answers = 0
        self._under_way: dict[str, asyncio.Event] = {}

    async def write(self, requests: Iterator[Request], total: int, title: str) -> StageResult:
        """Write the requested profiles.

        Args:
            requests: taken one by one, as workers get free.
            total: number of requests at most, for the progress bar.
            title: of the progress bar.

        Raises:
            UserError: if the money is spent or the back end refuses all requests; answers so far are kept.
            Interrupted: after a signal that asks for an end; answers so far are kept.
        """
        result = StageResult()
        bar = progress_bar(total=total, desc=title, unit="profile")
        with bar, self._stop_on_signal():
            async with asyncio.TaskGroup() as group:
                for _ in range(self.concurrency):
                    group.create_task(self._work(requests, result, bar))
        if self.stop:
            raise self.stop
        return result

    async def _work(self, requests: Iterator[Request], result: StageResult, bar: tqdm) -> None:
        try:
            for request in requests:
                try:
                    result.written[request.id] = await self._write(request, result)
                except NoAnswerError as error:
                    result.failed[request.id] = str(error)
                    self._stop_if_hopeless(result, error)
                bar.update()
                bar.set_postfix(
                    failed=len(result.failed), cost=self.budget.prices.shown(self.budget.spent), refresh=False
                )
                await asyncio.sleep(0)  # lets a signal be handled even if nothing was awaited
                if self.stop:
                    return
        except (UserError, Interrupted) as error:
            self.stop = self.stop or error  # the other workers finish their requests

    def _stop_if_hopeless(self, result: StageResult, error: NoAnswerError) -> None:
        """Stop if all requests so far failed: the endpoint is down or refuses all of them."""
        if not self.answers and not result.written and len(result.failed) >= self.concurrency:
            message = f"the first {len(result.failed)} requests all failed, such as: {error}; run again to continue"
            self.stop = self.stop or UserError(message)

    async def _write(self, request: Request, result: StageResult) -> WrittenProfile:
        """Return one profile, with one more try after a malformed answer."""
        keys: list[str] = []
        voids: tuple[str, ...] = ()  # answers cost money: only a second malformed one makes them invalid
        conversation = request
        try:
            for _ in range(2):
                keys.append(conversation.key(self.backend.model, self.backend.parameters))
                text = await self._text(conversation, keys[-1], result)
                try:
                    return WrittenProfile(request.interactions, parse(text), keys[-1])
                except MalformedAnswerError as error:
                    problem = str(error)
                conversation = self.prompts.repair(conversation, text, problem)
            voids = tuple(keys)
            raise NoAnswerError(f"malformed twice: {problem}")
        except NoAnswerError as error:
            failure = Record(key=keys[0], kind=request.kind, id=request.id, error=str(error), voids=voids)
            self.store.append(failure)
            raise

    async def _text(self, request: Request, key: str, result: StageResult) -> str:
        """Return the answer from the store, or ask the back end and store its answer."""
        while key in self._under_way:  # being asked for an entity with equal facts
            await self._under_way[key].wait()
        known = self.store.answers.get(key)
        if known is not None and known.text is not None:
            return known.text
        self._under_way[key] = asyncio.Event()
        try:
            return await self._paid_text(request, key, result)
        finally:
            self._under_way.pop(key).set()

    async def _paid_text(self, request: Request, key: str, result: StageResult) -> str:
        result.asked += 1
        answer = await self.backend.repeated(partial(self._attempt, request, key))
        if answer.problem:
            raise NoAnswerError(answer.problem)
        return self.store.answers[key].text or ""

    async def _attempt(self, request: Request, key: str) -> Answer:
        """Return one answer, kept and paid for; what an attempt that got lost may have cost counts as spent."""
        most = self.backend.most_cost(request)
        await self.budget.reserve(most)
        record = None
        try:
            self._note_under_way(most)
            if self.stop:  # while this request waited, for money or for its next attempt
                raise self.stop
            answer = await self.backend.answer(request)
            record = as_record(answer, request, key, self.backend)
            self.answers += 1
            return answer
        except (NoAnswerError, asyncio.CancelledError) as error:
            if most and getattr(error, "perhaps_paid", True):
                record = lost_record(str(error) or "stopped", request, key, self.backend)
            raise
        finally:
            if record:
                self.store.append(record)
            self.budget.settle(most, record.cost + record.uncertain if record else 0.0)
            self._note_under_way(most)

    def _note_under_way(self, most: float) -> None:
        if most:  # it costs money
            self.store.set_aside(sum(self.budget.reserved))

    @contextmanager
    def _stop_on_signal(self) -> Iterator[None]:
        """Let the first signal end the run after the requests in progress; a second one ends it at once."""
        loop = asyncio.get_running_loop()
        earlier = {number: signal.getsignal(number) for number in stopping()}

        def restore() -> None:
            for number, handler in earlier.items():
                if loop.remove_signal_handler(number):
                    signal.signal(number, handler)

        def stop() -> None:
            self.stop = self.stop or Interrupted("stopped: all answers so far are kept, run again to continue")
            restore()
            tqdm.write("stopping after the requests in progress; a second signal stops at once")

        with suppress(ValueError, NotImplementedError, RuntimeError):  # outside the main thread, or not on Unix
            for number in earlier:
                loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            restore()
