"""Memory of this process, apart from that of earlier runs in it and of files."""

from pathlib import Path

from rlmrec.common.allocator import return_freed_memory

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")
MEGABYTE = 1e6


def held_mb() -> float | None:
    """Return the memory that the process holds now, without pages of files, in MB; None where it cannot be told.

    Freed memory that the allocator kept, such as that of an earlier run, is returned first and not counted.
    """
    return_freed_memory()
    return _without_files("VmRSS")


def peak_beyond(held: float | None) -> float | None:
    """Return the most that the process held since ``forget_peak`` beyond what it held before, in MB.

    Args:
        held: what ``held_mb`` told; None where it cannot be told, and then neither can this.
    """
    peak = _without_files("VmHWM")
    return None if peak is None or held is None else max(peak - held, 0.0)


def forget_peak() -> bool:
    """Set the mark of ``peak_beyond`` back to what is held now; return whether the system allows it, as Linux does."""
    try:
        FORGET_PEAK.write_text("5")
    except OSError:
        return False
    return True


def _without_files(name: str) -> float | None:
    try:
        sizes = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
        return (float(sizes[name].split()[0]) - float(sizes["RssFile"].split()[0])) * 1024 / MEGABYTE
    except (OSError, KeyError, IndexError, ValueError):
        return None
