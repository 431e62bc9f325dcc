"""Small files from untrusted sources: a large one is not read."""

from pathlib import Path

MAX_BYTES = 2**22
"""Size that a file may have by default: results and manifests have some kilobytes."""


def small_content(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a file of no more than so many bytes.

    Raises:
        ValueError: if it is larger.
        OSError: if it cannot be read.
    """
    if not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > max_bytes:
        raise ValueError(f"it has more than {max_bytes:,} bytes")
    return path.read_bytes()
