"""Any endpoint that speaks OpenAI's chat completions: hosted ones, vLLM, Ollama, ``transformers serve``."""

import os
import re
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from rlmrec.common.errors import UserError
from rlmrec.profiles.backends.base import Answer, Backend, NoAnswerError
from rlmrec.profiles.budget import Prices
from rlmrec.profiles.request import Message, Request

try:
    import openai
    from openai.types.chat import ChatCompletion

    from rlmrec.profiles.backends.retrying import TRANSIENT, retrying
except ModuleNotFoundError:
    raise UserError("llm=openai needs optional packages: pip install 'rlmrec-lightning[llm]'") from None

RESERVED = ("messages", "model", "n", "stream", "extra_headers", "extra_query", "extra_body")
"""Names that are not parameters of the model. Headers could hold a key, which must not get into manifests."""

SECRET_NAME = re.compile(r"key$|secret|authorization|password|(^|_)token$", re.IGNORECASE)
"""Parameters of such names may hold a secret."""

SHORTEST_SECRET = 16
"""Keys of fewer characters are stand-ins such as "EMPTY", which may occur in any text."""

LONGEST_MESSAGE = 400
"""Most characters of an error's message; some servers send whole pages."""

HOPELESS = (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError)
"""Errors that every other request would meet too."""


class OpenAIEndpoint(Backend):
    """A back end with the official ``openai`` client; the key is read from the environment and stored nowhere else.

    Args:
        model: name of the model at the endpoint.
        base_url: of the endpoint, up to and including ``/v1``.
        api_key_variable: name of the environment variable that holds the key; None for endpoints without one.
        parameters: put into the body of each request as they are, such as ``temperature``.
        prompt_price: per million tokens sent.
        completion_price: per million tokens that come back.
        attempts: times that a request is sent before its entity fails.
        first_delay: seconds before the second attempt; doubled for each further one.
        longest_delay: seconds between two attempts at most, unless the endpoint asks for more.
        longest_retry_after: seconds that the endpoint may ask to wait; the run ends if it asks for more.
        timeout: seconds for one attempt.

    Raises:
        UserError: if an option would carry a secret or belongs elsewhere.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key_variable: str | None,
        parameters: dict[str, Any],
        prompt_price: NonNegativeFloat = 0.0,
        completion_price: NonNegativeFloat = 0.0,
        attempts: PositiveInt = 8,
        first_delay: NonNegativeFloat = 1.0,
        longest_delay: NonNegativeFloat = 60.0,
        longest_retry_after: NonNegativeFloat = 600.0,
        timeout: PositiveFloat = 120.0,
    ) -> None:
        super().__init__(model, parameters, Prices(prompt_price, completion_price), ("openai",))
        reserved = [name for name in parameters if name in RESERVED or SECRET_NAME.search(name)]
        if reserved:
            raise UserError(f"llm.parameters must not hold {', '.join(reserved)}")
        address = urlsplit(base_url)
        if address.username or address.password or address.query:
            raise UserError("llm.base_url must hold no name, password or query: keys come from the environment")
        self.base_url = base_url
        self.api_key_variable = api_key_variable
        self.timeout = timeout
        self.retrying = retrying(attempts, first_delay, longest_delay, longest_retry_after)
        self._client: openai.AsyncOpenAI | None = None
        self._key = ""

    async def __aenter__(self) -> "OpenAIEndpoint":
        self._key = self._read_key()
        # Only our retries are used: the client's own have fixed delays, and give up where Retry-After is long.
        self._client = openai.AsyncOpenAI(
            api_key=self._key or "none", base_url=self.base_url, timeout=self.timeout, max_retries=0
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def answer(self, request: Request) -> Answer:
        try:
            return await self.retrying(self._ask, request.messages)
        except HOPELESS as error:
            raise UserError(f"the endpoint refuses: {self._redacted(error)}") from None
        except openai.RateLimitError as error:
            if error.code == "insufficient_quota":
                raise UserError(f"the endpoint refuses: {self._redacted(error)}") from None
            raise NoAnswerError(self._redacted(error)) from None
        except (openai.OpenAIError, *TRANSIENT) as error:
            raise NoAnswerError(self._redacted(error)) from None

    def batch_line(self, key: str, messages: tuple[Message, ...]) -> dict[str, Any]:
        body = {"model": self.model, "messages": list(messages), **self.parameters}
        return {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body}

    async def _ask(self, messages: tuple[Message, ...]) -> Answer:
        assert self._client is not None
        create: Any = self._client.chat.completions.create  # its overloads do not accept plain dictionaries
        # In the body as they are: endpoints have parameters that the client does not know.
        completion = await create(model=self.model, messages=list(messages), extra_body=self.parameters)
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise ValueError("the endpoint sent no chat completion")
        usage = completion.usage
        text = self._redacted(completion.choices[0].message.content or "")
        if usage is None:
            return Answer(text)
        return Answer(text, usage.prompt_tokens, usage.completion_tokens)

    def _read_key(self) -> str:
        variable = self.api_key_variable
        if variable is None:
            return ""
        key = os.environ.get(variable, "").strip()
        if not key:
            # A value that does not look like a variable's name may be a key, put here by mistake: it is not shown.
            shown = f" {variable}" if re.fullmatch("[A-Z][A-Z0-9_]*", variable) and len(variable) <= 40 else ""
            raise UserError(
                f"the environment variable{shown} that llm.api_key_variable names is not set: export it with your key, "
                "or set llm.api_key_variable=null for an endpoint without one"
            )
        return key

    def _redacted(self, text: object) -> str:
        """Return a text without the key, which an endpoint may repeat in its messages."""
        plain = str(text)
        if len(self._key) >= SHORTEST_SECRET:
            plain = plain.replace(self._key, "[key]")
        return " ".join(plain.split())[:LONGEST_MESSAGE] if isinstance(text, Exception) else plain
