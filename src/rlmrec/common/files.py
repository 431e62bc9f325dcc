"""Files and folders that appear whole or not at all: the one way in which the project writes."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rlmrec.common.errors import UserError


@contextmanager
def atomic_file(path: Path, durable: bool = False) -> Iterator[Path]:
    """Yield the name of a file to write beside ``path``, which replaces ``path`` when the block ends without an error.

    Args:
        path: the final name; its folder must exist.
        durable: wait until the disk holds the file, for content that cost money.

    Example:
        >>> with atomic_file(Path("table.parquet")) as partial:
        ...     frame.write_parquet(partial)
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        if durable:
            with partial.open("rb") as file:
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def atomic_write(path: Path, content: str | bytes, durable: bool = False) -> None:
    """Write text (as UTF-8) or bytes; at every moment the file has either its old or its whole new content."""
    with atomic_file(path, durable) as partial:
        partial.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """Yield a folder to fill, which appears under its name when the block ends without an error.

    Raises:
        UserError: if there is such a folder already.
    """
    folder = Path(path)
    if folder.exists():
        raise UserError(f"{folder} exists already: choose another name or remove it")
    with scratch_folder(folder.with_name(f".{folder.name}.partial-{os.getpid()}")) as partial:
        yield partial
        partial.rename(folder)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that is removed at the end; what a killed process left in it is cleared first."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
