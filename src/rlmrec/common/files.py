"""Files and folders that appear complete or not at all; all writing in the project goes through this module."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.common.processes.leftovers import clear_killed, unfinished
from rlmrec.common.processes.locks import claimed
from rlmrec.common.room import tell_lack_of_room


@contextmanager
def atomic_file(path: Path, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path to write to, which replaces ``path`` when the block ends without an error.

    Args:
        path: final path; its folder must exist.
        durable: whether to wait until the file is on disk, for content that cost money.

    Raises:
        OSError: if the disk is full, even if the library that writes reports another error.

    Examples:
        >>> with atomic_file(Path("table.parquet")) as partial:
        ...     frame.write_parquet(partial)
    """
    partial = unfinished(path)
    clear_killed(path)
    try:
        with tell_lack_of_room(partial):
            yield partial
            if durable:
                with partial.open("rb") as file:
                    os.fsync(file.fileno())
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def atomic_write(path: Path, content: str | bytes, durable: bool = False) -> None:
    """Write text (as UTF-8) or bytes atomically: readers see either the old or the complete new content."""
    with atomic_file(path, durable) as partial:
        partial.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """Yield a folder to fill, which appears at ``path`` when the block ends without an error.

    Raises:
        UserError: if the folder exists already, or another process is creating it.
    """
    folder = Path(path)
    with claimed(folder):
        _refuse_present(folder)
        with scratch_folder(folder.absolute().with_name(f".{folder.name}.partial")) as partial:
            yield partial
            _refuse_present(folder)
            partial.rename(folder.absolute())


def _refuse_present(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder} exists already: choose another name or remove it")


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that is removed at the end; leftovers of a killed process are removed first."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
