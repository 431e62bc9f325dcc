"""Retries: exponential backoff with jitter, or after the delay that the endpoint asks for."""

import time
from email.utils import parsedate_to_datetime

import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from rlmrec.common.errors import UserError

TRANSIENT = (openai.APIConnectionError, openai.APIResponseValidationError, ValueError)
"""Closed connections, timeouts, and bodies that are not chat completions."""

TRANSIENT_STATUS = (408, 409, 425, 429)


def retrying(attempts: int, first_delay: float, longest_delay: float, longest_retry_after: float) -> AsyncRetrying:
    """Return a caller that tries again after transient failures.

    Args:
        attempts: in all.
        first_delay: seconds before the second; doubled for each further one, plus up to as much at random.
        longest_delay: seconds, for the doubling.
        longest_retry_after: seconds that an endpoint may ask for; ``UserError`` if it asks for more.
    """
    backoff = wait_exponential_jitter(initial=first_delay, max=longest_delay, jitter=first_delay)

    def wait(state: RetryCallState) -> float:
        asked = retry_after(state.outcome.exception() if state.outcome else None)
        if asked is None:
            return backoff(state)
        if asked > longest_retry_after:
            raise UserError(f"the endpoint asks to wait for {asked:.0f} seconds: all answers are kept, run again later")
        return asked

    return AsyncRetrying(
        retry=retry_if_exception(is_transient), stop=stop_after_attempt(attempts), wait=wait, reraise=True
    )


def is_transient(error: BaseException) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota":
        return False
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code in TRANSIENT_STATUS
    return isinstance(error, TRANSIENT)


def retry_after(error: BaseException | None) -> float | None:
    """Return the seconds that an endpoint asks to wait, as a number or a date (RFC 9110); None if it does not ask."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
