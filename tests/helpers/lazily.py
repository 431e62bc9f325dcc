"""Things that are made when they are first asked for."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Lazily(dict[str, T]):
    """Things by name, each made when it is first asked for and kept.

    Args:
        make: called with a name.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> T:
        self[name] = self.make(name)
        return self[name]
