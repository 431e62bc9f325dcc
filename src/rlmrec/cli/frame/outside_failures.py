"""Failures outside the program, such as a full disk, a removed folder or a closed pipe."""

import errno
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from rlmrec.common.errors import one_line
from rlmrec.common.room import lacks_room

UNUSABLE_PLACE = (
    errno.EACCES,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EPERM,
    errno.ENOENT,
    errno.ENAMETOOLONG,
    errno.EIO,
    errno.ESTALE,
    errno.ELOOP,
    errno.EMFILE,
    errno.ENFILE,
)
LONGEST_PLACE = 200
"""Maximum characters of a file name in a message."""
CLOSED_PIPE = 141
"""Exit code after the reader of the output has closed the pipe, as in a shell."""


def harden_output() -> None:
    """Make output robust to terminals with limited encodings and to logs that cannot be written."""
    logging.raiseExceptions = False  # tracebacks about a log on a full disk would hide the one-line message
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def explained(error: BaseException) -> str | None:
    """Return one line about a failure outside the program; None for any other error."""
    for cause in _chain(error):
        if lacks_room(cause):
            where = getattr(cause, "filename", None)
            place = f" for {where}" if where else f" ({one_line(cause)[:100]})"
            return f"no room is left on the disk{place}: make room, then run the same command again"
        if isinstance(cause, OSError) and cause.filename and (cause.errno in UNUSABLE_PLACE or _made_a_folder(cause)):
            mend = ": name another folder" if _made_a_folder(cause) else ""
            return f"{str(cause.filename)[:LONGEST_PLACE]}: {cause.strerror}{mend}"
    return None


def raised_in(error: BaseException) -> str:
    """Return the name of the top-level package whose code raised an error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")).partition(".")[0] if frames else ""


def is_closed_pipe(error: BaseException) -> bool:
    """Return whether an error was caused by a closed output pipe."""
    return any(isinstance(cause, BrokenPipeError) for cause in _chain(error))


def leave_quietly() -> Any:
    """Exit without a message, since the output pipe is closed.

    Raises:
        SystemExit: always.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())  # otherwise the interpreter flushes again at exit and complains
    raise SystemExit(CLOSED_PIPE)


def _made_a_folder(error: OSError) -> bool:
    """Return whether creating a folder failed, in which case the folder's name is to blame."""
    return traceback.extract_tb(error.__traceback__)[-1].name in ("mkdir", "makedirs")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()  # an error may be its own cause after "raise error from error"
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
