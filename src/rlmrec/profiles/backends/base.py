"""The interface of every back end."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.profiles.budget import Prices
from rlmrec.profiles.request import Message, Request


class NoAnswerError(Exception):
    """A request was refused or went unanswered after all attempts: the entity fails, and the run continues."""


@dataclass(frozen=True)
class Answer:
    """An answer, with numbers of tokens where the back end counts them."""

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Backend(ABC):
    """A back end that answers requests: entered before the first and left after the last, and cheap to construct.

    Args:
        model: name of the model; part of each answer's key.
        parameters: of the model; part of each answer's key.
        prices: of tokens.
        packages: whose versions go into the manifest.
    """

    def __init__(
        self, model: str, parameters: Mapping[str, Any], prices: Prices | None = None, packages: tuple[str, ...] = ()
    ) -> None:
        self.model = model
        self.parameters = dict(parameters)
        self.prices = prices or Prices()
        self.packages = packages

    async def __aenter__(self) -> "Backend":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @abstractmethod
    async def answer(self, request: Request) -> Answer:
        """Answer one request; several may be in progress at once.

        Raises:
            NoAnswerError: if this request cannot be answered.
            UserError: if no request can be answered, e.g. because there is no key: the run ends.
        """

    def batch_line(self, key: str, messages: tuple[Message, ...]) -> dict[str, Any]:
        """Return a line of a batch request file.

        Raises:
            UserError: if the back end has no batches.
        """
        raise UserError(f"{type(self).__name__} has no batches: choose llm=openai")
