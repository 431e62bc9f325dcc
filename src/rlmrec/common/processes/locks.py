"""Locks between processes: one command at a time writes a folder, and nobody reads it while files change places.

The operating system takes every lock back when its process ends, however it ends.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from filelock import FileLock, Timeout

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.processes.leftovers import clear_all

FOLDER = ".lock"
"""Lock in a folder that one command at a time writes."""
EXCHANGE = ".exchange.lock"
"""Lock in a folder whose files take new places; readers share it."""
Content = TypeVar("Content")


def lock_file(path: Path) -> FileLock:
    """Return a lock, not yet taken, on a file of its own.

    Raises:
        UserError: if there is a link in its place, which would lead to another file.
    """
    _refuse_link(path)
    return FileLock(path)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise UserError(f"{path} is a link: remove it")


@contextmanager
def only_one(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock that no other process holds; its file is gone afterwards.

    Args:
        path: of the lock.
        refusal: what to say if another process holds it.

    Raises:
        UserError: says the refusal, or that the lock cannot be made there.
    """
    lock = lock_file(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with TemporaryFile(dir=path.parent):  # which tells whether the place can hold a file at all
                raise UserError(refusal) from None
    except OSError as error:
        raise UserError(f"{path.parent} cannot be written to: {error.strerror}") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # before the release: whoever comes next makes a file of its own
        lock.release()


@contextmanager
def writing(folder: str | Path) -> Iterator[None]:
    """Keep other commands from writing a dataset folder, and clear what killed ones left in it.

    Raises:
        UserError: if another command writes it now, or it cannot be written to.
    """
    root = Path(folder)
    if not root.is_dir():
        raise MissingFilesError(f"{root} is not a folder")
    with only_one(root / FOLDER, f"another command writes {root} now: wait for it to end, then run this one again"):
        clear_all(root)
        yield


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Keep other processes from making the same new folder or file; the lock stands beside it while it is held.

    Raises:
        UserError: if one does so now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    with only_one(lock, f"another command writes {path} now: wait for it to end, or choose another name"):
        yield


@contextmanager
def exchanging(folder: Path) -> Iterator[None]:
    """Wait for readers of a folder to end, and keep others out, while files of it change places."""
    path = folder / EXCHANGE
    _refuse_link(path)
    with _flock(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        yield


def undisturbed(folder: Path, read: Callable[[], Content]) -> Content:
    """Return what ``read`` makes of a folder, none of whose files change places meanwhile.

    A folder in which nothing was ever exchanged has no lock, so that reading needs no right to write. Where a lock
    may not be read, nobody can be waited for.

    Raises:
        UserError: if there is a link in place of the lock, and what ``read`` raises.
    """
    path = folder / EXCHANGE
    _refuse_link(path)
    while True:
        there = path.is_file()
        with _flock(path, os.O_RDONLY, fcntl.LOCK_SH) if there and os.access(path, os.R_OK) else nullcontext():
            try:
                content = read()
            except UserError:
                if there or not path.is_file():  # otherwise files changed places meanwhile
                    raise
            else:
                if there or not path.is_file():
                    return content


@contextmanager
def _flock(path: Path, flags: int, kind: int) -> Iterator[None]:
    number = os.open(path, flags | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(number, kind)
        yield
    finally:
        os.close(number)  # which releases it
