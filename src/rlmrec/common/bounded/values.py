"""Plain values from untrusted sources: text without control characters, numbers that fit into a machine's words."""

from collections.abc import Iterator
from typing import Any

from rlmrec.common.errors import printable

MAX_CHARACTERS = 10_000
"""Characters that a text may have."""
INTEGER_LIMIT = 2**63
"""Size that no whole number reaches."""


def refuse_text(text: str) -> None:
    """Refuse a text that is very long, or would move the cursor or the colours of a terminal.

    Raises:
        ValueError: says which.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it holds a text of more than {MAX_CHARACTERS:,} characters")
    if printable(text) != text:
        raise ValueError(f"it holds control characters: {printable(text)[:50]}")


def refuse_unusual(value: Any, max_depth: int) -> None:
    """Refuse plain containers that are nested deeply, or hold very long texts, control characters or huge numbers.

    Raises:
        ValueError: says which.
    """
    for part, depth in _parts(value):
        if depth > max_depth:
            raise ValueError(f"it is nested more than {max_depth} levels deep")
        if isinstance(part, str):
            refuse_text(part)
        if isinstance(part, int) and abs(part) >= INTEGER_LIMIT:
            raise ValueError(f"it holds a whole number of more than {len(str(INTEGER_LIMIT))} digits")


def _parts(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield a value and all that is in it, keys included, each with its depth; without recursion."""
    waiting = [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        if isinstance(part, dict):
            waiting += [(inner, depth + 1) for pair in part.items() for inner in pair]
        elif isinstance(part, list):
            waiting += [(inner, depth + 1) for inner in part]
