import asyncio

import pytest
from tenacity import RetryCallState

from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.endpoints.retrying import retrying
from rlmrec.common.errors import UserError


def delays(error: Exception, attempts: int) -> list[float]:
    """How long is waited after each attempt, without waiting."""
    caller = retrying(attempts, first_delay=1, longest_delay=8, longest_retry_after=100)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def fail() -> None:
        raise error

    caller.sleep = sleep
    with pytest.raises(type(error)):
        asyncio.run(caller(fail))
    return waited


def test_backoff_doubles_with_jitter_and_heeds_retry_after() -> None:
    waited = delays(NoAnswerError("busy", transient=True), attempts=6)
    assert len(waited) == 5
    for seconds, least in zip(waited, (1, 2, 4, 8, 8), strict=True):
        assert min(least, 8) <= seconds <= least + 1
    assert len({seconds % 1 for seconds in waited[:3]}) == 3, "at random"
    assert delays(NoAnswerError("busy", transient=True, wait=42), attempts=3) == [42, 42]
    waited = delays(NoAnswerError("busy", transient=True, wait=0), attempts=3)
    assert waited[0] >= 1 and waited[1] >= 2, "not without a pause"
    assert delays(NoAnswerError("refused"), attempts=3) == []
    assert delays(KeyError(), attempts=3) == []
    assert all(seconds < 4 for seconds in delays(NoAnswerError("busy", transient=True, wait=float("nan")), attempts=3))


@pytest.mark.parametrize("wait", [3600, float("inf")])
def test_a_long_wait_ends_the_run_and_says_why(wait: float) -> None:
    caller = retrying(2, first_delay=1, longest_delay=8, longest_retry_after=100)
    state = RetryCallState(caller, None, (), {})
    error = NoAnswerError("the daily quota is used up", transient=True, wait=wait)
    state.set_exception((NoAnswerError, error, None))
    with pytest.raises(UserError, match=rf"wait for {wait:.0f} seconds \(the daily quota is used up\)"):
        caller.wait(state)
