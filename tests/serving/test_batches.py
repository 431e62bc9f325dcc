"""Requests that come in while others are answered are answered together."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rlmrec.serving import batches
from rlmrec.serving.batches import Batches, BusyError


class Slow:
    """Doubles numbers, once it may; the number 13 is a mistake."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []
        self.may = threading.Event()

    def __call__(self, key: str, items: Sequence[int]) -> list[int]:
        self.calls.append((key, list(items)))
        assert self.may.wait(10)
        if 13 in items:
            raise ValueError("13")
        return [2 * item for item in items]


async def begun(slow: Slow) -> None:
    while not slow.calls:
        await asyncio.sleep(0.001)


def test_what_waits_is_answered_together_and_by_key() -> None:
    async def main() -> None:
        slow = Slow()
        asked = Batches[str, int, int](slow, ThreadPoolExecutor(1))
        first = asyncio.create_task(asked.ask("a", [1]))
        await begun(slow)
        others = [asyncio.create_task(asked.ask(key, items)) for key, items in (("a", [2, 3]), ("b", [4]), ("a", [5]))]
        await asyncio.sleep(0.01)
        assert asked.waiting == 3
        slow.may.set()
        assert [await task for task in (first, *others)] == [[2], [4, 6], [8], [10]]
        assert slow.calls == [("a", [1]), ("a", [2, 3, 5]), ("b", [4])] and asked.waiting == 0

    asyncio.run(main())


def test_a_batch_is_bounded_by_what_is_asked_for_and_not_by_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_TOGETHER", 5)

    async def main() -> None:
        slow = Slow()
        asked = Batches[str, int, int](slow, ThreadPoolExecutor(1))
        first = asyncio.create_task(asked.ask("a", [0]))
        await begun(slow)
        sizes = (2, 3, 1, 7, 4)
        others = [asyncio.create_task(asked.ask("a", [20 + size] * size)) for size in sizes]
        await asyncio.sleep(0.01)
        slow.may.set()
        assert [await task for task in (first, *others)] == [[0], *([40 + 2 * size] * size for size in sizes)]
        assert [len(items) for _, items in slow.calls] == [1, 5, 1, 7, 4]

    asyncio.run(main())


def test_a_mistake_is_told_to_who_made_it_alone() -> None:
    async def main() -> None:
        slow = Slow()
        asked = Batches[str, int, int](slow, ThreadPoolExecutor(1))
        first = asyncio.create_task(asked.ask("a", [1]))
        await begun(slow)
        wrong, right = (asyncio.create_task(asked.ask("a", [item])) for item in (13, 2))
        await asyncio.sleep(0.01)
        slow.may.set()
        assert (await first, await right) == ([2], [4])
        with pytest.raises(ValueError, match="13"):
            await wrong
        assert await asked.ask("a", [3]) == [6]

    asyncio.run(main())


def test_who_has_gone_is_not_answered_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_WAITING", 2)

    async def main() -> None:
        slow = Slow()
        asked = Batches[str, int, int](slow, ThreadPoolExecutor(1))
        first = asyncio.create_task(asked.ask("a", [1]))
        await begun(slow)
        gone, stays = (asyncio.create_task(asked.ask("a", [item])) for item in (2, 3))
        await asyncio.sleep(0.01)
        with pytest.raises(BusyError):
            await asked.ask("a", [4])
        gone.cancel()
        await asyncio.sleep(0)
        slow.may.set()
        assert (await first, await stays) == ([2], [6])
        assert slow.calls[1:] == [("a", [3])]

    asyncio.run(main())
