"""Whether what options ask for fits into this machine: a few digits too many would otherwise end the process."""

import os
import shutil
from pathlib import Path

from rlmrec.common.errors import UserError


def refuse_beyond_memory(wanted: int, what: str) -> None:
    """Refuse what is larger than the memory of the machine.

    Args:
        wanted: bytes.
        what: options that ask for it, for the message.

    Raises:
        UserError: if there is not as much.
    """
    _refuse(wanted, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), what, "memory")


def refuse_beyond_disk(wanted: int, folder: Path, what: str) -> None:
    """Refuse what is larger than the free room on a disk.

    Args:
        wanted: bytes.
        folder: on the disk.
        what: options that ask for it, for the message.

    Raises:
        UserError: if there is not as much.
    """
    _refuse(wanted, shutil.disk_usage(folder).free, what, "free disk")


def _refuse(wanted: int, there: int, what: str, kind: str) -> None:
    if wanted > there:
        raise UserError(f"{what}: {wanted / 1e9:,.0f} GB are needed, but there are {there / 1e9:,.0f} GB of {kind}")
