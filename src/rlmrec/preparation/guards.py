"""One clear line for what may go wrong with the files that are read and the place that is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.room import lacks_room


@contextmanager
def room_for(out: Path) -> Iterator[None]:
    """Tell a full disk in terms of the folder to be written.

    Raises:
        UserError: if there is no room, or a file may not become that large.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        if not lacks_room(error):
            raise
        raise UserError(
            f"{out} cannot be written, there is no room left beside it ({_one_line(error)}): make room, or set out to "
            "a place on another disk"
        ) from None


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Tell which raw file cannot be read; that there is no room to write is left to ``room_for``.

    Args:
        name: of the file or files.

    Raises:
        UserError: names the file.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        if lacks_room(error):
            raise
        raise UserError(f"{name} cannot be read: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return one_line(error)[:200]  # a message of polars may hold pages of the file
