"""Checks of memory and disk space, and the number of values to hold at once on a device."""

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
"""Bytes written to test whether a disk has room."""


def lacks_room(error: BaseException) -> bool:
    """Return whether an error means that a disk is full, or that a file may not become that large."""
    told = re.findall(r"\(os error (\d+)\)", str(error))  # polars reports the error number only in the message
    return getattr(error, "errno", None) in NO_ROOM or any(int(number) in NO_ROOM for number in told)


@contextmanager
def tell_lack_of_room(path: Path) -> Iterator[None]:
    """Report a full disk as such when writing a file fails, since some libraries hide the system's error.

    Args:
        path: path of the file.

    Raises:
        OSError: if the disk is full.
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
    """Return how many numbers or rows to hold at once on a device; device types without an entry use that of ``cpu``.

    Args:
        sizes: numbers by device type, including ``cpu``.
        device: device that holds the data.
    """
    return sizes.get(device.type, sizes["cpu"])


def refuse_beyond_memory(wanted: int, what: str) -> None:
    """Refuse a request for more memory than the machine has.

    Args:
        wanted: required bytes.
        what: options that cause the request, for the message.

    Raises:
        UserError: if the machine has less memory.
    """
    _refuse(wanted, physical_memory(), what, "memory")


def refuse_beyond_disk(wanted: int, folder: Path, what: str) -> None:
    """Refuse a request for more disk space than is free.

    Args:
        wanted: required bytes.
        folder: folder on the disk.
        what: options that cause the request, for the message.

    Raises:
        UserError: if less space is free.
    """
    _refuse(wanted, shutil.disk_usage(folder).free, what, "free disk")


def _refuse(wanted: int, there: int, what: str, kind: str) -> None:
    if wanted > there:
        raise UserError(f"{what}: {_gigabytes(wanted)} GB are needed, but there are {_gigabytes(there)} GB of {kind}")


def _gigabytes(count: int) -> str:
    """Return a number of bytes in gigabytes: a whole number from 10 up, otherwise two significant digits."""
    return f"{count / 1e9:,.0f}" if count >= 1e10 else f"{count / 1e9:.2g}"
