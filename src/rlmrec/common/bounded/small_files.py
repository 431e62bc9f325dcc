"""Small files from untrusted sources: files above a size limit are not read."""

from pathlib import Path

MAX_BYTES = 2**22
"""Default size limit in bytes; results and manifests have a few kilobytes."""


def small_content(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a file of at most ``max_bytes`` bytes.

    Raises:
        ValueError: if it is not a file, or is larger.
        OSError: if it cannot be read.
    """
    if not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > max_bytes:
        raise ValueError(f"it has more than {max_bytes:,} bytes")
    return path.read_bytes()
