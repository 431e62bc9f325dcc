"""A backend for endpoints with OpenAI's chat completions: hosted ones, vLLM, Ollama, ``transformers serve``."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from rlmrec.common.endpoints.key import check_address, read_key
from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import UserError, needs_extra
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.budget import Currency, Prices
from rlmrec.profiles.request import Message, Request

with needs_extra("llm", "llm=openai needs optional packages"):
    import openai  # noqa: F401

    from rlmrec.common.endpoints.endpoint import Endpoint
    from rlmrec.common.endpoints.retrying import retrying
    from rlmrec.profiles.backends.completion import read_completion

RESERVED = ("messages", "model", "n", "stream", "extra_headers", "extra_query", "extra_body")
"""Names that are not parameters of the model; headers could hold a key, which must not appear in manifests."""

SECRET_NAME = re.compile(r"key$|secret|authorization|password|(^|_)token$", re.IGNORECASE)
"""Matches names of parameters that may hold a secret."""

LIMITS = ("max_completion_tokens", "max_tokens")
"""Names of parameters that limit the length of an answer."""

LONGEST_ANSWER = 2**22
"""Limit on the bytes of a response; the longest profiles have a few thousand."""


class OpenAIEndpoint(Backend):
    """A backend that uses the official ``openai`` client; the key is read from the environment and never stored.

    Args:
        model: name of the model at the endpoint.
        base_url: URL of the endpoint, up to and including ``/v1``.
        api_key_variable: name of the environment variable with the key; None for endpoints without a key.
        parameters: parameters added to the body of each request, such as ``temperature``.
        prompt_price: price per million tokens sent.
        completion_price: price per million tokens received.
        currency: currency of the prices.
        attempts: maximum number of attempts per request.
        first_delay: seconds before the second attempt; doubled for each further one.
        longest_delay: maximum seconds between two attempts, unless the endpoint requests more.
        longest_retry_after: maximum seconds that the endpoint may request; if it requests more, the run ends.
        timeout: seconds for one attempt, from the first byte sent to the last one received.

    Raises:
        UserError: if a parameter is reserved or may hold a secret, or the address is invalid.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key_variable: str | None,
        parameters: dict[str, Any],
        prompt_price: NonNegativeFloat = 0.0,
        completion_price: NonNegativeFloat = 0.0,
        currency: Currency = "USD",
        attempts: PositiveInt = 8,
        first_delay: NonNegativeFloat = 1.0,
        longest_delay: NonNegativeFloat = 60.0,
        longest_retry_after: NonNegativeFloat = 600.0,
        timeout: PositiveFloat = 120.0,
    ) -> None:
        prices = Prices(prompt_price, completion_price, currency)
        limits = [parameters[name] for name in LIMITS if type(parameters.get(name)) is int and parameters[name] > 0]
        super().__init__(model, parameters, prices, ("openai",), most_tokens=max(limits, default=None))
        reserved = [name for name in parameters if name in RESERVED]
        reserved += [name for name in _names(parameters) if SECRET_NAME.search(name)]
        if reserved:
            raise UserError(f"llm.parameters must not hold {', '.join(reserved)}")
        check_address(base_url, "llm.base_url")
        self.base_url = base_url
        self.api_key_variable = api_key_variable
        self.timeout = timeout
        self.retrying = retrying(attempts, first_delay, longest_delay, longest_retry_after)
        self._endpoint: Endpoint | None = None

    async def __aenter__(self) -> "OpenAIEndpoint":
        key = read_key(self.api_key_variable, "llm.api_key_variable")
        self._endpoint = Endpoint(self.base_url, key, self.timeout, LONGEST_ANSWER)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._endpoint is not None:
            await self._endpoint.client.close()

    async def answer(self, request: Request) -> Answer:
        assert self._endpoint is not None
        try:
            # extra_body, since endpoints have parameters that the client does not know.
            body = await self._endpoint.ask(
                self._endpoint.client.chat.completions,
                model=self.model,
                messages=list(request.messages),
                extra_body=self.parameters,
            )
        except NoAnswerError as error:
            if error.fatal:
                raise UserError(f"the endpoint refuses: {error}") from None
            raise
        answer, hidden = read_completion(body), self._endpoint.hidden
        return replace(answer, text=hidden(answer.text), problem=hidden(answer.problem))

    async def repeated(
        self, attempt: Callable[[], Awaitable[Answer]], pause: Callable[[float], Awaitable[None]]
    ) -> Answer:
        return await self.retrying.copy(sleep=pause)(attempt)

    def batch_line(self, key: str, messages: tuple[Message, ...]) -> dict[str, Any]:
        body = {"model": self.model, "messages": list(messages), **self.parameters}
        return {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body}

    def batch_answer(self, body: Any) -> Answer:
        return read_completion(body)


def _names(part: Any) -> Iterator[str]:
    """Yield the names of all fields of parameters, at any depth."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            yield str(name)
            yield from _names(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _names(value)
