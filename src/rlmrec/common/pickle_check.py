"""A look at a pickle before it is loaded: could loading it end the process, or never end?"""

import pickletools
from collections.abc import Iterator
from io import BytesIO
from typing import Any

DEEPEST = 64
"""Nesting of the deepest container: checkpoints and published data have fewer than ten levels."""
MOST_STEPS = 50_000_000
HASHING_PARTS = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET")
MARK = object()
"""On the stack, below the parts of a container."""


class _Value:
    """What is known of a value: how deep it is, and whether its hash is made of those of its parts."""

    __slots__ = ("depth", "hashes_parts")

    def __init__(self, hashes_parts: bool = False) -> None:
        self.depth = 0
        self.hashes_parts = hashes_parts


class UnsafePickle(ValueError):
    """The pickle could exhaust the stack, the time or the memory; the message says how."""


def check_pickle(content: bytes) -> None:
    """Refuse a pickle that is nested deeply, or hashes containers: both can end in a crash or take forever.

    Nothing is made and nothing is executed: every step is followed on the depths of values alone.

    Args:
        content: the whole pickle.

    Raises:
        UnsafePickle: if loading it could exhaust the process, or it is not a pickle.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    steps = 0
    try:
        for opcode, argument, _ in pickletools.genops(BytesIO(content)):
            steps += 1
            if steps > MOST_STEPS:
                raise UnsafePickle(f"it has more than {MOST_STEPS} steps")
            _follow(opcode, argument, stack, memo)
    except UnsafePickle:
        raise
    except Exception as error:  # whatever the damaged part happens to cause
        raise UnsafePickle(f"it is not a pickle: {error}") from None


def _follow(opcode: Any, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    name = opcode.name
    if name == "MARK":
        stack.append(MARK)
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        stack.append(memo[argument])
    elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
        memo[argument] = stack[-1]
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name == "DUP":
        stack.append(stack[-1])
    elif name in ("SETITEM", "SETITEMS", "APPEND", "APPENDS", "ADDITEMS"):
        parts = [stack.pop() for _ in opcode.stack_before[1:]] if "MARK" not in _names(opcode) else _to_mark(stack)
        _put_into(stack[-1], parts, keyed=name in ("SETITEM", "SETITEMS"), hashed=name == "ADDITEMS")
    else:
        parts = list(_taken(opcode, stack))
        made = _Value(hashes_parts=name in HASHING_PARTS)
        _put_into(made, parts, keyed=name == "DICT", hashed=name == "FROZENSET")
        stack.extend([made] * len(opcode.stack_after))


def _put_into(container: Any, parts: list[Any], keyed: bool, hashed: bool) -> None:
    """Make a container as deep as its parts ask for; ``parts`` come last first."""
    keys = parts[1::2] if keyed else parts if hashed else []
    if any(key.hashes_parts for key in keys):
        raise UnsafePickle("it has a container for a key, whose hash may take forever")
    container.depth = max([container.depth, *(part.depth + 1 for part in parts)])
    if container.depth > DEEPEST:
        raise UnsafePickle(f"it is nested more than {DEEPEST} levels deep")


def _names(opcode: Any) -> list[str]:
    return ["MARK" if kind.name == "mark" else kind.name for kind in opcode.stack_before]


def _taken(opcode: Any, stack: list[Any]) -> Iterator[Any]:
    """Yield what an opcode takes from the stack, last first."""
    if "MARK" in _names(opcode):
        yield from _to_mark(stack)
        before_mark = _names(opcode).index("MARK")
    else:
        before_mark = len(opcode.stack_before)
    for _ in range(before_mark):
        yield stack.pop()


def _to_mark(stack: list[Any]) -> list[Any]:
    parts = []
    while (part := stack.pop()) is not MARK:
        parts.append(part)
    return parts
