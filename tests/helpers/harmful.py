"""Objects whose pickles do something when they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


class Call:
    """An object that is pickled as a call of a function.

    Args:
        function: what is called.
        arguments: what it is called with.
    """

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


class Touch(Call):
    """An object whose pickle makes an empty file.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(Path.touch, Path(path))
