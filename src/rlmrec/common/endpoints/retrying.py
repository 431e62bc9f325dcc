"""Retries with exponential backoff and jitter, or after the delay that the endpoint asks for."""

import math

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import UserError


def retrying(attempts: int, first_delay: float, longest_delay: float, longest_retry_after: float) -> AsyncRetrying:
    """Return a retrying caller for requests that fail with transient errors.

    Args:
        attempts: maximum number of attempts.
        first_delay: seconds before the second attempt, doubled for each further one; also the maximum random jitter.
        longest_delay: maximum delay of the backoff in seconds.
        longest_retry_after: maximum delay in seconds that an endpoint may ask for; ``UserError`` if it asks for more.
    """
    backoff = wait_exponential_jitter(initial=first_delay, max=longest_delay, jitter=first_delay)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, NoAnswerError) else None
        if not asked or math.isnan(asked):  # 0 seconds, or a date in the past: back off anyway
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
