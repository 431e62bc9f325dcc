"""Check a pickle before it is loaded, so that neither loading it nor using its objects can crash or hang."""

import pickletools
from collections.abc import Collection
from io import BytesIO
from typing import Any

MAX_DEPTH = 64
"""Maximum nesting depth of a container; checkpoints and published data have fewer than ten levels."""
MAX_STEPS = 20_000_000
FREE_BYTES, MAX_RATIO = 2**26, 64
"""Bytes allowed for any object, counting repeated parts, and bytes allowed per byte of a larger pickle."""
CONTAINERS = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET")
"""Opcodes that create hashable containers, whose hashes combine those of their parts."""
SMALL = ("TUPLE1", "TUPLE2", "TUPLE3")
"""Containers allowed as keys if their parts are strings, whose hashes an attacker cannot choose."""
COLLECTIONS = ("collections OrderedDict", "collections Counter", "builtins set", "builtins frozenset")
"""Classes that take the keys of another container: they must be created empty and filled step by step."""
MARK = object()
"""Marker on the stack below the parts of a container."""
_WITH_MARK = {code.name for code in pickletools.opcodes if any(kind.name == "mark" for kind in code.stack_before)}


class _Value:
    """The checker's knowledge about a value.

    Args:
        name: name of the class or function, if the value is one.
        size: own size in bytes, without its parts.
        no_key: whether hashing it could take long, or its hash could collide with many others.
        text: whether it is a string.
        closed: whether nothing iterates over its content.
    """

    __slots__ = ("closed", "depth", "name", "no_key", "placed", "size", "text")

    def __init__(
        self, name: str = "", size: int = 8, no_key: bool = False, text: bool = False, closed: bool = False
    ) -> None:
        self.name, self.size, self.no_key, self.text, self.closed = name, size, no_key, text, closed
        self.depth = 0
        self.placed = False


class UnsafePickle(ValueError):
    """Raised if a pickle could exhaust the stack, time or memory; the message gives the reason."""


def check_pickle(content: bytes, names: Collection[str] | None = None, closed: Collection[str] = ()) -> None:
    """Refuse a pickle whose content is deeply nested, repeats itself endlessly, or hashes containers.

    Each of these can crash the process or take forever. The check follows the opcodes on placeholder values only; it
    creates no objects and executes nothing.

    Args:
        content: bytes of the whole pickle.
        names: classes and functions that it may name, such as ``collections OrderedDict``; by default names are not
            checked here, but must be checked by the reader.
        closed: classes whose objects may hold one another and themselves, since nothing traverses them.

    Raises:
        UnsafePickle: if loading it could exhaust the process, or it is not a pickle.
    """
    checker = _Checker(max(FREE_BYTES, MAX_RATIO * len(content)), names, closed)
    try:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(BytesIO(content))):
            if steps > MAX_STEPS:
                raise UnsafePickle(f"it has more than {MAX_STEPS:,} steps")
            checker.follow(opcode, argument)
    except UnsafePickle:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise UnsafePickle(f"it is not a pickle: {error}") from None


class _Checker:
    """Follows the opcodes of a pickle on placeholder values.

    Args:
        max_bytes: maximum size of a value, including its parts.
        names: classes and functions that may be named; all by default.
        closed: classes whose objects are not traversed.
    """

    def __init__(self, max_bytes: int, names: Collection[str] | None, closed: Collection[str] = ()) -> None:
        self.max_bytes = max_bytes
        self.names = names
        self.closed = closed
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def follow(self, opcode: Any, argument: Any) -> None:
        """Take one step.

        Raises:
            UnsafePickle: if the step is refused.
        """
        name, stack = opcode.name, self.stack
        if name == "MARK":
            stack.append(MARK)
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[int(argument)])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name == "DUP":
            stack.append(stack[-1])
        elif name in ("SETITEM", "SETITEMS", "APPEND", "APPENDS", "ADDITEMS", "BUILD"):
            parts = self._to_mark() if name in _WITH_MARK else [stack.pop() for _ in opcode.stack_before[1:]]
            self._fill(stack[-1], parts, keyed=name.startswith("SETITEM"), hashed=name == "ADDITEMS")
        else:
            self._make(opcode, argument)

    def _make(self, opcode: Any, argument: Any) -> None:
        name = opcode.name
        parts = self._taken(opcode)
        if name in ("GLOBAL", "INST", "STACK_GLOBAL"):
            self._check_name(argument)
        if name == "REDUCE" and self.names is not None and parts[1].name in COLLECTIONS and parts[0].depth:
            raise UnsafePickle(f"it fills a {parts[1].name} at once")
        if name == "BINPERSID" and parts[0].depth > 1:
            raise UnsafePickle("it has a container in the name of an array")
        made = _Value(
            str(argument) if name == "GLOBAL" else "",
            8 + (len(argument) if isinstance(argument, str | bytes | bytearray) else 0),
            # Numbers that differ by a multiple of 2 ** 61 - 1 have the same hash.
            (name in CONTAINERS and not (name in SMALL and all(part.text for part in parts)))
            or (isinstance(argument, int) and abs(argument) >= 2**64),
            text="UNICODE" in name,
            closed=name in ("NEWOBJ", "REDUCE") and parts[1].name in self.closed,
        )
        self._fill(made, parts, keyed=name == "DICT", hashed=name == "FROZENSET")
        self.stack.extend([made] * len(opcode.stack_after))

    def _check_name(self, argument: Any) -> None:
        if self.names is not None and argument not in self.names:
            raise UnsafePickle(f"it asks for {argument or 'a class'}, which no checkpoint needs")

    def _fill(self, container: _Value, parts: list[_Value], keyed: bool, hashed: bool) -> None:
        """Add parts, which are in reverse order, to a container."""
        if container.closed:
            return
        if parts and container.placed:
            raise UnsafePickle("it fills a container that lies in another one already, which could hold itself")
        keys = parts[1::2] if keyed else parts if hashed else []
        if any(key.no_key for key in keys):
            raise UnsafePickle("it has a container or a very large number for a key, whose hash may take forever")
        for part in parts:
            part.placed = True
            container.depth = max(container.depth, part.depth + 1)
            container.size += part.size
        if container.placed:
            raise UnsafePickle("it puts a container into itself")
        if container.depth > MAX_DEPTH:
            raise UnsafePickle(f"it is nested more than {MAX_DEPTH} levels deep")
        if container.size > self.max_bytes:
            raise UnsafePickle(f"it repeats its parts to more than {self.max_bytes:,} bytes")

    def _taken(self, opcode: Any) -> list[_Value]:
        """Pop the arguments of an opcode from the stack, in reverse order."""
        count = len(opcode.stack_before)
        if opcode.name not in _WITH_MARK:
            return [self.stack.pop() for _ in range(count)]
        before_mark = [kind.name for kind in opcode.stack_before].index("mark")
        return [*self._to_mark(), *(self.stack.pop() for _ in range(before_mark))]

    def _to_mark(self) -> list[_Value]:
        parts = []
        while (part := self.stack.pop()) is not MARK:
            parts.append(part)
        return parts
