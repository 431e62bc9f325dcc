"""The interface of every back end."""

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
    """An answer, with numbers of tokens where the back end counts them.

    Args:
        text: of the answer.
        prompt_tokens: sent; None if not counted.
        completion_tokens: received; None if not counted.
        problem: why there is no text, although the answer was paid for; empty otherwise.
    """

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    problem: str = ""


class Backend(ABC):
    """A back end that answers requests: entered before the first and left after the last, and cheap to construct.

    Examples:
        >>> async with backend:
        ...     answer = await backend.repeated(partial(backend.answer, request))

    Args:
        model: name of the model; part of each answer's key.
        parameters: of the model; part of each answer's key.
        prices: of tokens.
        packages: whose versions go into the manifest.
        most_tokens: that an answer can have; None if nothing limits it.
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
            NoAnswerError: if this attempt brought no answer.
            UserError: if no request can be answered, e.g. because there is no key: the run ends.
        """

    def most_cost(self, request: Request) -> float:
        """Return what one attempt at a request can cost; without a limit on answers, only what is sent counts."""
        return self.prices.most(request, self.most_tokens or 0)

    async def repeated(
        self, attempt: Callable[[], Awaitable[Answer]], pause: Callable[[float], Awaitable[None]]
    ) -> Answer:
        """Return the result of an attempt, made again after failures that may pass, where the back end has such.

        Args:
            attempt: at a request.
            pause: waits for so many seconds before the next attempt, or until nothing is to be attempted any more.
        """
        return await attempt()

    def batch_line(self, key: str, messages: tuple[Message, ...]) -> dict[str, Any]:
        """Return a line of a batch request file.

        Raises:
            UserError: if the back end has no batches.
        """
        raise UserError(f"{type(self).__name__} has no batches: choose llm=openai")

    def batch_answer(self, body: Any) -> Answer:
        """Return the answer in the body of a batch result, whatever it may be.

        Raises:
            NoAnswerError: if there is none.
            UserError: if the back end has no batches.
        """
        raise UserError(f"{type(self).__name__} has no batches: choose llm=openai")
