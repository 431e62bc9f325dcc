"""A setting of the C library's memory allocator that avoids page faults for large temporaries."""

import ctypes
import sys

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> bool:
    """Make the allocator reuse large blocks instead of mapping and unmapping each one.

    By default every large temporary is a fresh mapping whose pages fault one by one, which costs more than the
    arithmetic on it. The numbers computed are the same. Returns whether the setting was accepted: only glibc has it.
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, 256 * 2**20))
    taken = [library.mallopt(name, value) for name, value in settings]  # each, even if one is refused
    return all(taken)
