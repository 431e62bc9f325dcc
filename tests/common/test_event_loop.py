import asyncio
import threading

from rlmrec.common import event_loop


async def thread() -> int:
    await asyncio.sleep(0)
    return threading.get_ident()


def test_work_runs_here_or_beside_a_loop_that_is_busy() -> None:
    assert event_loop.run(thread) == threading.get_ident()

    async def as_in_a_notebook() -> int:
        return event_loop.run(thread)

    assert asyncio.run(as_in_a_notebook()) != threading.get_ident()
