"""One-line errors for unreadable input files and full disks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.room import lacks_room


@contextmanager
def room_for(out: Path) -> Iterator[None]:
    """Report a full disk as an error about the folder to be written.

    Raises:
        UserError: if the disk is full, or the file would exceed a size limit.
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
    """Report which raw file cannot be read; a full disk is left to ``room_for``.

    Args:
        name: name of the file or files.

    Raises:
        UserError: if a file cannot be read; names it.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        if lacks_room(error):
            raise
        raise UserError(f"{name} cannot be read: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return one_line(error)[:200]  # a message of polars may contain pages of the file
