"""Plain values from untrusted sources: text without control characters, and numbers that fit into 64 bits."""

from collections.abc import Iterator
from typing import Any

from rlmrec.common.errors import printable

MAX_CHARACTERS = 10_000
"""Maximum number of characters of a text."""
INTEGER_LIMIT = 2**63
"""Exclusive upper limit for the absolute value of an integer."""


def refuse_text(text: str) -> None:
    """Refuse a text that is very long, or has control characters, which could change a terminal's display.

    Raises:
        ValueError: if it is; the message gives the reason.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it holds a text of more than {MAX_CHARACTERS:,} characters")
    if printable(text) != text:
        raise ValueError(f"it holds control characters: {printable(text)[:50]}")


def refuse_unusual(value: Any, max_depth: int) -> None:
    """Refuse containers that are deeply nested, or hold very long texts, control characters or huge integers.

    Raises:
        ValueError: if they are; the message gives the reason.
    """
    for part, depth in _parts(value):
        if depth > max_depth:
            raise ValueError(f"it is nested more than {max_depth} levels deep")
        if isinstance(part, str):
            refuse_text(part)
        if isinstance(part, int) and abs(part) >= INTEGER_LIMIT:
            raise ValueError(f"it holds a whole number of more than {len(str(INTEGER_LIMIT))} digits")


def _parts(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield a value and everything nested in it, including keys, with its depth; iterates instead of recursing."""
    waiting = [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        if isinstance(part, dict):
            waiting += [(inner, depth + 1) for pair in part.items() for inner in pair]
        elif isinstance(part, list):
            waiting += [(inner, depth + 1) for inner in part]
