"""Retries: exponential backoff with jitter, or after the delay that the endpoint asks for."""

import math

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import UserError


def retrying(attempts: int, first_delay: float, longest_delay: float, longest_retry_after: float) -> AsyncRetrying:
    """Return a caller that tries again after failures that may pass.

    Args:
        attempts: in all.
        first_delay: seconds before the second; doubled for each further one, plus up to as much at random.
        longest_delay: seconds, for the doubling.
        longest_retry_after: seconds that an endpoint may ask for; ``UserError`` if it asks for more.
    """
    backoff = wait_exponential_jitter(initial=first_delay, max=longest_delay, jitter=first_delay)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, NoAnswerError) else None
        if not asked or math.isnan(asked):  # 0 seconds, or a date that is over here: wait all the same
            return backoff(state)
        if asked > longest_retry_after:
            raise UserError(
                f"the endpoint asks to wait for {asked:.0f} seconds ({error}): all answers are kept, run again later"
            )
        return asked

    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, NoAnswerError) and error.transient),
        stop=stop_after_attempt(attempts),
        wait=wait,
        reraise=True,
    )
