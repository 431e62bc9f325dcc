"""Names for unfinished files and folders, from which other processes can tell whether their writer is gone."""

import os
import re
import shutil
import socket
from glob import escape
from pathlib import Path

HOST = re.sub(r"\W", "_", socket.gethostname())[:40]
ENDING = ".partial"


def unfinished(path: Path) -> Path:
    """Return the temporary name under which this process writes the file or folder ``path``."""
    return path.with_name(f".{path.name}.{HOST}-{os.getpid()}{ENDING}")


def clear_killed(path: Path) -> None:
    """Remove unfinished versions of a file or folder that terminated processes on this machine left behind."""
    for left in path.parent.glob(f".{escape(path.name)}.{escape(HOST)}-*{ENDING}"):
        number = left.name.removesuffix(ENDING).rpartition("-")[2]
        if number.isdecimal() and not _is_alive(int(number)):
            remove(left)


def clear_all(folder: Path) -> None:
    """Remove everything unfinished in a folder; the caller must hold the folder's lock."""
    for left in folder.glob(f".*{ENDING}"):
        remove(left)


def remove(path: Path) -> None:
    """Remove a file, link or folder if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
