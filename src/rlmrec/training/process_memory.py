"""Memory of this process, without that of earlier runs in it and of mapped files."""

from pathlib import Path

from rlmrec.common.allocator import return_freed_memory

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")
MEGABYTE = 1e6


def held_mb() -> float | None:
    """Return the memory that the process holds now, without file pages, in MB; None if it cannot be measured.

    Freed memory kept by the allocator, such as that of an earlier run, is first returned to the system.
    """
    return_freed_memory()
    return _without_files("VmRSS")


def peak_beyond(held: float | None) -> float | None:
    """Return the peak memory since ``forget_peak`` beyond what the process held before, in MB; None if unknown.

    Args:
        held: result of ``held_mb`` before.
    """
    peak = _without_files("VmHWM")
    return None if peak is None or held is None else max(peak - held, 0.0)


def forget_peak() -> bool:
    """Reset the peak of ``peak_beyond`` to the present memory; return whether the system supports it, as Linux does."""
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
