"""Tables as the formats of raw files read them."""

import gzip
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from rlmrec.formats import Reading, format_of


def records(path: Path, name: str = "auto", *columns: str, reading: Reading | None = None) -> list[tuple[Any, ...]]:
    """Return the records of a file, with all columns or some."""
    kind = format_of(path, name, reading)
    staging = Path(mkdtemp(dir=path.parent))
    return kind.scan(path, columns or kind.columns(path), staging).collect().rows()


def columns(path: Path, name: str = "auto", reading: Reading | None = None) -> list[str]:
    """Return the names of a file's columns."""
    return format_of(path, name, reading).columns(path)


def write(path: Path, content: str | bytes) -> Path:
    """Write a file, compressed if its name says so."""
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(content) if path.suffix.lower() == ".gz" else content)
    return path
