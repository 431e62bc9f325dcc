"""Settings of the C library's memory allocator."""

import ctypes
import gc
import sys

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> bool:
    """Make the allocator reuse large blocks instead of mapping and unmapping each one.

    By default every large temporary is a fresh mapping whose pages fault one by one, which costs more than the
    arithmetic on it. Results do not change.

    Returns:
        Whether the setting was accepted: only glibc supports it.
    """
    library = _glibc()
    if library is None:
        return False
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, 256 * 2**20))
    taken = [library.mallopt(name, value) for name, value in settings]  # apply all settings, even if one is refused
    return all(taken)


def return_freed_memory() -> bool:
    """Hand memory that the allocator keeps unused back to the operating system.

    Returns:
        Whether the allocator supports this: only glibc's does.
    """
    gc.collect()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
    return library is not None


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
