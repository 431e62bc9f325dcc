"""Batching of requests: those that arrive while others are answered are answered together."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_WAITING = 2000
"""Maximum number of waiting requests; further ones are refused, so that memory stays bounded."""
MOST_TOGETHER = 1000
"""Maximum number of items answered together; a request with more is answered alone."""


class BusyError(Exception):
    """Too many requests are waiting."""


@dataclass
class _Waiting(Generic[Item, Result]):
    items: Sequence[Item]
    answer: "asyncio.Future[list[Result]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batches(Generic[Key, Item, Result]):
    """Answers requests with the same key together, one batch at a time, in a given thread.

    No request waits for a batch to fill: a batch holds what arrived while the previous one was answered.

    Args:
        answer: function of a key and items that returns a result for each item.
        thread: single-threaded executor that calls the function.
    """

    def __init__(self, answer: Callable[[Key, Sequence[Item]], Sequence[Result]], thread: ThreadPoolExecutor) -> None:
        self.answer, self.thread = answer, thread
        self._waiting: dict[Key, list[_Waiting[Item, Result]]] = {}
        self._under_way = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Return the number of waiting requests."""
        return sum(map(len, self._waiting.values()))

    async def ask(self, key: Key, items: Sequence[Item]) -> list[Result]:
        """Return the results of some items.

        Raises:
            BusyError: if too many requests are waiting.
        """
        if self.waiting >= MOST_WAITING:
            raise BusyError
        mine: _Waiting[Item, Result] = _Waiting(items)
        self._waiting.setdefault(key, []).append(mine)
        if not self._under_way:
            self._under_way = True
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await mine.answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                key = next(iter(self._waiting))
                everybody = self._waiting.pop(key)
                count = _fitting(everybody)
                if rest := everybody[count:]:
                    self._waiting[key] = rest
                await self._answer(key, [one for one in everybody[:count] if not one.answer.cancelled()])
        finally:
            self._under_way = False

    async def _answer(self, key: Key, chosen: Sequence[_Waiting[Item, Result]]) -> None:
        """Answer requests together or, if that fails, one by one, so that a bad request does not affect the others."""
        loop = asyncio.get_running_loop()
        items = [item for request in chosen for item in request.items]
        try:
            results = await loop.run_in_executor(self.thread, self.answer, key, items)
        except Exception as error:
            if len(chosen) == 1:
                _settle(chosen[0], error)
                return
            for request in chosen:
                await self._answer(key, [request])
            return
        start = 0
        for request in chosen:
            _settle(request, results[start : start + len(request.items)])
            start += len(request.items)


def _fitting(requests: Sequence[_Waiting[Item, Result]]) -> int:
    """Return how many of the first requests to answer together, at least one."""
    totals = accumulate(len(request.items) for request in requests)
    return max(1, sum(total <= MOST_TOGETHER for total in totals))


def _settle(request: _Waiting[Item, Result], outcome: Sequence[Result] | Exception) -> None:
    if request.answer.done():  # the caller has disconnected
        return
    if isinstance(outcome, Exception):
        request.answer.set_exception(outcome)
    else:
        request.answer.set_result(list(outcome))
