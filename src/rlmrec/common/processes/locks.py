"""Locks between processes: only one command writes a folder, and no one reads it while files are replaced.

The operating system releases every lock when its process ends, however it ends.
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
"""Lock file in a folder that one command at a time may write."""
EXCHANGE = ".exchange.lock"
"""Lock file in a folder whose files are being replaced; readers share it."""
Content = TypeVar("Content")


def lock_file(path: Path) -> FileLock:
    """Return a lock, not yet acquired, on the given lock file.

    Raises:
        UserError: if the path is a link, which would lead to another file.
    """
    _refuse_link(path)
    return FileLock(path)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise UserError(f"{path} is a link: remove it")


@contextmanager
def only_one(path: Path, refusal: str) -> Iterator[None]:
    """Hold an exclusive lock without waiting; its file is removed afterwards.

    Args:
        path: path of the lock file.
        refusal: error message if another process holds the lock.

    Raises:
        UserError: if another process holds the lock, or the lock file cannot be created.
    """
    lock = lock_file(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with TemporaryFile(dir=path.parent):  # raises OSError if the folder is not writable
                raise UserError(refusal) from None
    except OSError as error:
        raise UserError(f"{path.parent} cannot be written to: {error.strerror}") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # before the release, so that the next process creates its own file
        lock.release()


@contextmanager
def writing(folder: str | Path) -> Iterator[None]:
    """Lock a dataset folder for writing, and remove what killed commands left in it.

    Raises:
        UserError: if the folder does not exist or is not writable, or another command is writing to it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise MissingFilesError(f"{root} is not a folder")
    with only_one(root / FOLDER, f"another command writes {root} now: wait for it to end, then run this one again"):
        clear_all(root)
        yield


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Keep other processes from creating the same folder or file; the lock file stands beside it meanwhile.

    Raises:
        UserError: if another process is creating it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    with only_one(lock, f"another command writes {path} now: wait for it to end, or choose another name"):
        yield


@contextmanager
def exchanging(folder: Path) -> Iterator[None]:
    """Wait for readers of a folder to finish, and keep new ones out while its files are replaced."""
    path = folder / EXCHANGE
    _refuse_link(path)
    with _flock(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        yield


def undisturbed(folder: Path, read: Callable[[], Content]) -> Content:
    """Return the result of ``read`` on a folder, read while none of its files are replaced.

    A folder in which no files were ever replaced has no lock, so that reading needs no write permission. A lock
    that this process may not read is ignored.

    Raises:
        UserError: if the lock is a link, or if ``read`` raises it.
    """
    path = folder / EXCHANGE
    _refuse_link(path)
    while True:
        there = path.is_file()
        with _flock(path, os.O_RDONLY, fcntl.LOCK_SH) if there and os.access(path, os.R_OK) else nullcontext():
            try:
                content = read()
            except UserError:
                if there or not path.is_file():  # otherwise files were replaced meanwhile: read again
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
        os.close(number)  # releases the lock
