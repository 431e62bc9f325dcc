"""An endpoint with an OpenAI-compatible API, accessed through the official client."""

import time
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import openai

from rlmrec.common.endpoints.answers import error_text, read_object, refused
from rlmrec.common.endpoints.bounded_client import BoundedClient
from rlmrec.common.endpoints.key import without_key
from rlmrec.common.endpoints.no_answer import NoAnswerError

NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError", "ProxyError")
"""Names of HTTP client errors that are raised before the request is sent."""


class Endpoint:
    """An OpenAI-compatible endpoint, used as an asynchronous context manager.

    Args:
        base_url: address of the endpoint, up to and including ``/v1``.
        key: API key sent with each request and never shown; empty for endpoints without one.
        seconds: time limit for a whole answer.
        longest: maximum bytes of an answer.
    """

    def __init__(self, base_url: str, key: str, seconds: float, longest: int) -> None:
        self.base_url = base_url
        self.key = key
        # The client's own retries are off: they have fixed delays and ignore long Retry-After values.
        self.client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=base_url, max_retries=0, http_client=BoundedClient(seconds, longest, key)
        )

    async def __aenter__(self) -> "Endpoint":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def ask(self, resource: Any, **body: Any) -> dict[str, Any]:
        """Send one request and return the object in its answer.

        Args:
            resource: resource of the client, such as ``client.embeddings``.
            body: fields of the request.

        Raises:
            NoAnswerError: if there is no usable answer; the message omits the endpoint's address and key.
        """
        try:
            # Read the raw answer: the client does not validate its objects, so that any field could have any type.
            response = await resource.with_raw_response.create(**body)
            return read_object(response.content)
        except NoAnswerError as error:
            known = error
        except (openai.OpenAIError, ValueError) as error:
            known = failure(error)
        known.args = (self.hidden(str(known)).replace(self.base_url, "[endpoint]"),)
        raise known from None

    def hidden(self, text: str) -> str:
        """Return a text without the key, including occurrences that were escaped in the answer."""
        return without_key(text.encode("utf-8", "surrogatepass"), self.key).decode("utf-8", "surrogatepass")


def failure(error: Exception) -> NoAnswerError:
    """Convert an error of the client to a ``NoAnswerError``."""
    if isinstance(error, openai.APIStatusError):
        status, asked = error.status_code, retry_after(error)
        if status < 400:
            return _redirected(error)
        body = error.body if error.body is not None else error.response.text
        return refused(status, error.code, f"{type(error).__name__} {status}: {error_text(body)}", asked)
    cause = error.__cause__ or error
    if isinstance(cause, NoAnswerError):  # some versions of the client wrap every error of their HTTP client
        return cause
    sent = type(cause).__name__ not in NOT_SENT
    said = "" if str(cause) == str(error) else f" {cause}"
    transient = isinstance(error, openai.APIConnectionError)
    return NoAnswerError(f"{type(error).__name__}: {error}{said}", transient=transient, maybe_billed=transient and sent)


def retry_after(error: openai.APIStatusError) -> float | None:
    """Return the seconds in a Retry-After header, given as a number or a date (RFC 9110); None without one."""
    value = error.response.headers.get("retry-after", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None


def _redirected(error: openai.APIStatusError) -> NoAnswerError:
    try:
        target = urljoin(str(error.request.url), error.response.headers.get("location", ""))
        host = urlsplit(target).netloc.rpartition("@")[2]
    except ValueError:
        host = "nowhere"
    return NoAnswerError(f"status {error.status_code} leads to {host}, which is not followed", fatal=True)
