"""Helpers that run asynchronous work from synchronous code."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from tqdm import tqdm

from rlmrec.common.errors import Interrupted, UserError
from rlmrec.common.processes.signals import stopping

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run asynchronous work and return its result; also works in a notebook, where an event loop is already running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


async def workers(count: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``count`` workers concurrently until all have finished; if one fails, cancel the others.

    Raises:
        BaseException: the first failure, not wrapped in an exception group.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class Stop:
    """A flag that stops further requests, with the reason, and that ends pauses between attempts when set."""

    def __init__(self) -> None:
        self.reason: UserError | Interrupted | None = None
        self._asked = asyncio.Event()

    def now(self, reason: UserError | Interrupted) -> None:
        """Start no further requests; if there are several reasons, the first one is kept."""
        self.reason = self.reason or reason
        self._asked.set()

    async def pause(self, seconds: float) -> None:
        """Wait for a number of seconds, or until the flag is set."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), seconds)

    @contextmanager
    def at_signals(self, line: str) -> Iterator[None]:
        """Stop after the requests in progress at the first signal, and at once at the second.

        Args:
            line: message of the ``Interrupted`` error.
        """
        loop = asyncio.get_running_loop()
        earlier = {number: signal.getsignal(number) for number in stopping()}

        def restore() -> None:
            for number, handler in earlier.items():
                if loop.remove_signal_handler(number):
                    signal.signal(number, handler)

        def stop() -> None:
            self.now(Interrupted(line))
            restore()
            tqdm.write("stopping after the requests in progress; a second signal stops at once")

        with suppress(ValueError, NotImplementedError, RuntimeError):  # outside the main thread, or not on Unix
            for number in earlier:
                loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            restore()
