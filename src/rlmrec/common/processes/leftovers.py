"""Unfinished files and folders: named so that whoever comes next knows whether their process is gone."""

import os
import re
import shutil
import socket
from glob import escape
from pathlib import Path

HOST = re.sub(r"\W", "_", socket.gethostname())[:40]
ENDING = ".partial"


def unfinished(path: Path) -> Path:
    """Return the name under which this process makes a file or folder that will be called ``path``."""
    return path.with_name(f".{path.name}.{HOST}-{os.getpid()}{ENDING}")


def clear_killed(path: Path) -> None:
    """Remove what processes of this machine that are gone left unfinished of a file or folder."""
    for left in path.parent.glob(f".{escape(path.name)}.{escape(HOST)}-*{ENDING}"):
        number = left.name.removesuffix(ENDING).rpartition("-")[2]
        if number.isdecimal() and not _is_alive(int(number)):
            remove(left)


def clear_all(folder: Path) -> None:
    """Remove everything unfinished in a folder; the caller holds its lock, so that nobody else makes anything there."""
    for left in folder.glob(f".*{ENDING}"):
        remove(left)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
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
