"""An endpoint that speaks OpenAI's protocol, asked through the official client."""

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
"""Names of the HTTP client's errors at which no request had left yet."""


class Endpoint:
    """An endpoint, entered before the first request and left after the last.

    Args:
        base_url: its address, up to and including ``/v1``.
        key: sent with each request, never shown; empty for endpoints without one.
        seconds: for a whole answer.
        longest: bytes of an answer.
    """

    def __init__(self, base_url: str, key: str, seconds: float, longest: int) -> None:
        self.base_url = base_url
        self.key = key
        # Only our retries are used: the client's own have fixed delays, and give up where Retry-After is long.
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
        """Return the object that answers one request.

        Args:
            resource: of the client, such as ``client.embeddings``.
            body: of the request.

        Raises:
            NoAnswerError: if there is none, in the endpoint's own words, without its address and key.
        """
        try:
            # The raw answer: the client's own objects are not checked, so that any field may be anything.
            response = await resource.with_raw_response.create(**body)
            return read_object(response.content)
        except NoAnswerError as error:
            known = error
        except (openai.OpenAIError, ValueError) as error:
            known = failure(error)
        known.args = (self.hidden(str(known)).replace(self.base_url, "[endpoint]"),)
        raise known from None

    def hidden(self, text: str) -> str:
        """Return a text without the key, which an answer may also have held in escapes."""
        return without_key(text.encode("utf-8", "surrogatepass"), self.key).decode("utf-8", "surrogatepass")


def failure(error: Exception) -> NoAnswerError:
    """Return an error of the client in the project's terms."""
    if isinstance(error, openai.APIStatusError):
        status, asked = error.status_code, retry_after(error)
        if status < 400:
            return _redirected(error)
        body = error.body if error.body is not None else error.response.text
        return refused(status, error.code, f"{type(error).__name__} {status}: {error_text(body)}", asked)
    cause = error.__cause__ or error
    if isinstance(cause, NoAnswerError):  # some versions of the client wrap whatever its HTTP client raises
        return cause
    sent = type(cause).__name__ not in NOT_SENT
    said = "" if str(cause) == str(error) else f" {cause}"
    transient = isinstance(error, openai.APIConnectionError)
    return NoAnswerError(f"{type(error).__name__}: {error}{said}", transient=transient, maybe_billed=transient and sent)


def retry_after(error: openai.APIStatusError) -> float | None:
    """Return the seconds that an endpoint asks to wait, as a number or a date (RFC 9110); None if it does not ask."""
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
