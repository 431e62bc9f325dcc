"""Room in memory and on disk: what exceeds it is refused, and what is held at once fits the device."""

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rlmrec.common.errors import UserError

if TYPE_CHECKING:
    import torch

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
PROBE = 2**20
"""Bytes that a disk with room has left."""


def lacks_room(error: BaseException) -> bool:
    """Return whether an error says that a disk is full, or that a file may not become that large."""
    told = re.findall(r"\(os error (\d+)\)", str(error))  # polars tells the system's number in words only
    return getattr(error, "errno", None) in NO_ROOM or any(int(number) in NO_ROOM for number in told)


@contextmanager
def tell_lack_of_room(path: Path) -> Iterator[None]:
    """See whether there is room for more when a library fails to write a file: some forget the system's reason.

    Args:
        path: of the file.

    Raises:
        OSError: if there is none.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as failure:
        if lacks_room(failure):
            raise
        probe = path.with_name(f"{path.name}.probe")
        try:
            probe.write_bytes(bytes(PROBE))
        except OSError as error:
            if lacks_room(error):
                raise
        finally:
            probe.unlink(missing_ok=True)
        raise


def physical_memory() -> int:
    """Return the bytes of memory that the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def number_at_once(sizes: Mapping[str, int], device: "torch.device") -> int:
    """Return how many numbers or rows to hold at once on a device: those of a CPU unless its kind has its own.

    Args:
        sizes: by kind of device, ``cpu`` among them.
        device: where they are held.
    """
    return sizes.get(device.type, sizes["cpu"])


def refuse_beyond_memory(wanted: int, what: str) -> None:
    """Refuse what is larger than the memory of the machine.

    Args:
        wanted: bytes.
        what: options that ask for it, for the message.

    Raises:
        UserError: if there is not as much.
    """
    _refuse(wanted, physical_memory(), what, "memory")


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
        raise UserError(f"{what}: {_gigabytes(wanted)} GB are needed, but there are {_gigabytes(there)} GB of {kind}")


def _gigabytes(count: int) -> str:
    """Return a number of bytes in gigabytes: whole ones, or two digits of less than ten."""
    return f"{count / 1e9:,.0f}" if count >= 1e10 else f"{count / 1e9:.2g}"
