"""A request to a backend: the rendered prompt and its sources."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["item", "user"]
Message = dict[str, str]


@dataclass(frozen=True)
class ChosenItem:
    """An item of a user's training interactions; unknown texts are empty, and an unknown rating is None."""

    title: str
    metadata: str
    profile: str
    rating: float | None
    review: str


@dataclass(frozen=True)
class Facts:
    """All facts that a profile may be written from.

    Args:
        kind: kind of the entity.
        title: title of the entity, empty if unknown.
        metadata: readable text about the entity, such as lines ``author: ...``; empty if there is none.
        reviews: reviews of an item in training interactions.
        items: items of a user's training interactions.
    """

    kind: Kind
    title: str
    metadata: str
    reviews: tuple[str, ...] = ()
    items: tuple[ChosenItem, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any facts; the name of a user does not count."""
        return bool((self.title and self.kind == "item") or self.metadata or self.reviews or self.items)


@dataclass(frozen=True)
class Request:
    """A request for a text about a user or an item.

    Args:
        kind: kind of the entity.
        id: id of the entity.
        messages: messages of the conversation, each with ``role`` and ``content``.
        facts: facts for a profile; None for other requests.
        interactions: ids of the interactions that the facts were taken from.
        withheld: items among the facts whose profile was not available.
    """

    kind: Kind
    id: int
    messages: tuple[Message, ...]
    facts: Facts | None
    interactions: tuple[int, ...]
    withheld: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """Return all messages as one text."""
        return "\n\n".join(message["content"] for message in self.messages)

    def continued(self, answer: str, reply: str) -> "Request":
        """Return the request extended by an answer and a reply to it."""
        more = ({"role": "assistant", "content": answer}, {"role": "user", "content": reply})
        return replace(self, messages=(*self.messages, *more))

    def key(self, model: str, parameters: Mapping[str, Any]) -> str:
        """Return the SHA-256 of prompt, model and parameters."""
        content = {"messages": self.messages, "model": model, "parameters": parameters}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
