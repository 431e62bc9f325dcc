import asyncio
import os
import signal
import threading
import time

from rlmrec.common import event_loop
from rlmrec.common.errors import Interrupted, UserError


async def thread() -> int:
    await asyncio.sleep(0)
    return threading.get_ident()


def test_work_runs_here_or_beside_a_loop_that_is_busy() -> None:
    assert event_loop.run(thread) == threading.get_ident()

    async def as_in_a_notebook() -> int:
        return event_loop.run(thread)

    assert asyncio.run(as_in_a_notebook()) != threading.get_ident()


def test_pauses_end_when_nothing_is_to_be_asked_any_more() -> None:
    async def paused() -> event_loop.Stop:
        stop = event_loop.Stop()
        await stop.pause(0.01)
        assert stop.reason is None
        with stop.at_signals("stopped"):
            asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGTERM)
            await stop.pause(600)
        stop.now(UserError("later"))
        return stop

    earlier = signal.getsignal(signal.SIGTERM)
    begun = time.monotonic()
    stop = event_loop.run(paused)
    assert isinstance(stop.reason, Interrupted) and str(stop.reason) == "stopped", "the first reason counts"
    assert time.monotonic() - begun < 60 and signal.getsignal(signal.SIGTERM) == earlier
