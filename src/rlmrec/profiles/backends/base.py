"""The interface of backends."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.profiles.budget import Prices
from rlmrec.profiles.request import Message, Request


@dataclass(frozen=True)
class Answer:
    """An answer, with its numbers of tokens if the backend counts them.

    Args:
        text: text of the answer.
        prompt_tokens: number of tokens sent; None if not counted.
        completion_tokens: number of tokens received; None if not counted.
        problem: reason why a paid answer has no text; empty otherwise.
    """

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    problem: str = ""


class Backend(ABC):
    """A backend that answers requests, as an asynchronous context manager; cheap to construct.

    Examples:
        >>> async with backend:
        ...     answer = await backend.repeated(partial(backend.answer, request))

    Args:
        model: name of the model; part of each answer's key.
        parameters: parameters of the model; part of each answer's key.
        prices: prices of tokens.
        packages: names of packages whose versions are recorded in the manifest.
        most_tokens: maximum number of tokens of an answer; None if unlimited.
    """

    def __init__(
        self,
        model: str,
        parameters: Mapping[str, Any],
        prices: Prices | None = None,
        packages: tuple[str, ...] = (),
        most_tokens: int | None = None,
    ) -> None:
        self.model = model
        self.parameters = dict(parameters)
        self.prices = prices or Prices()
        self.packages = packages
        self.most_tokens = most_tokens

    async def __aenter__(self) -> "Backend":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @abstractmethod
    async def answer(self, request: Request) -> Answer:
        """Answer one request, in one attempt; several may be in progress at once.

        Raises:
            NoAnswerError: if this attempt yielded no answer.
            UserError: if no request can be answered, e.g. without a key; ends the run.
        """

    def most_cost(self, request: Request) -> float:
        """Return the maximum cost of one attempt; if answers are unlimited, only that of the prompt."""
        return self.prices.most(request, self.most_tokens or 0)

    async def repeated(
        self, attempt: Callable[[], Awaitable[Answer]], pause: Callable[[float], Awaitable[None]]
    ) -> Answer:
        """Return the result of an attempt; backends with transient failures repeat it.

        Args:
            attempt: coroutine function that makes one attempt at a request.
            pause: coroutine function that waits the given number of seconds before the next attempt, or until the run
                is stopped.
        """
        return await attempt()

    def batch_line(self, key: str, messages: tuple[Message, ...]) -> dict[str, Any]:
        """Return a line of a batch request file.

        Raises:
            UserError: if the backend does not support batches.
        """
        raise UserError(f"{type(self).__name__} has no batches: choose llm=openai")

    def batch_answer(self, body: Any) -> Answer:
        """Return the answer in the body of a batch result, which may be malformed.

        Raises:
            NoAnswerError: if it contains no answer.
            UserError: if the backend does not support batches.
        """
        raise UserError(f"{type(self).__name__} has no batches: choose llm=openai")
