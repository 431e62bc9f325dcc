"""Asynchronous work from code that is not."""

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
    """Return the result of asynchronous work, also in a notebook, whose own loop is busy with this call."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


async def workers(count: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Let so many workers run side by side to their end; if one fails, the others are cancelled.

    Raises:
        BaseException: of the first that failed, itself and not in a group.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class Stop:
    """The reason to ask for nothing more, and pauses between attempts, which end when there is one."""

    def __init__(self) -> None:
        self.reason: UserError | Interrupted | None = None
        self._asked = asyncio.Event()

    def now(self, reason: UserError | Interrupted) -> None:
        """Let requests in progress be the last ones; of several reasons the first counts."""
        self.reason = self.reason or reason
        self._asked.set()

    async def pause(self, seconds: float) -> None:
        """Wait for so many seconds, or until nothing is to be asked any more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), seconds)

    @contextmanager
    def at_signals(self, line: str) -> Iterator[None]:
        """Let the first signal end the run after the requests in progress; a second one ends it at once.

        Args:
            line: said at the end.
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
