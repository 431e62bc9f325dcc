"""One clear line for what may go wrong with the files that are read and the place that is written."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from rlmrec.common.errors import UserError, one_line

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
PROBE = 2**20
"""Bytes that a disk with room has left."""


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Keep other processes from preparing the same folder.

    Raises:
        UserError: if one does so now.
    """
    lock = FileLock(out.with_name(f".{out.name}.lock"))
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"another prepare_data writes {out} now: wait for it to end, or choose another name") from None
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)  # before the release: whoever comes next makes a file of its own
        lock.release()


@contextmanager
def room_for(out: Path) -> Iterator[None]:
    """Tell a full disk in terms of the folder to be written.

    Raises:
        UserError: if there is no room, or a file may not become that large.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        if not _lacks_room(error):
            raise
        raise UserError(
            f"{out} cannot be written, there is no room left beside it ({_one_line(error)}): make room, or set out to "
            "a place on another disk"
        ) from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """See whether there is room for more when polars fails to write a file: at times it forgets the system's reason.

    Raises:
        OSError: if there is none.
    """
    try:
        yield
    except pl.exceptions.PolarsError:
        probe = path.with_name(f"{path.name}.probe")
        try:
            probe.write_bytes(bytes(PROBE))
        finally:
            probe.unlink(missing_ok=True)
        raise


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
        if _lacks_room(error):
            raise
        raise UserError(f"{name} cannot be read: {_one_line(error)}") from None


def _lacks_room(error: Exception) -> bool:
    """Polars tells the system's number of an error in words only."""
    told = re.findall(r"\(os error (\d+)\)", str(error))
    return getattr(error, "errno", None) in NO_ROOM or any(int(number) in NO_ROOM for number in told)


def _one_line(error: Exception) -> str:
    return one_line(error)[:200]  # a message of polars may hold pages of the file
