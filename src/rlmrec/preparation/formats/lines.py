"""Text files line by line, gzipped or not."""

import gzip
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from zlib import error as ZlibError

from tqdm import tqdm

from rlmrec.common.errors import UserError

GZIP = b"\x1f\x8b"
"""What every gzipped file begins with (RFC 1952)."""


def read_lines(path: Path, progress: bool = False) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and content of every line that is not blank.

    Args:
        path: the file; gzipped if its name ends in ``.gz``.
        progress: show how much of the file has been read.

    Raises:
        UserError: if compressed data are damaged, end too early, or are not named so.
    """
    bar = tqdm(total=path.stat().st_size, desc=path.name, unit="B", unit_scale=True, disable=not progress)
    if path.suffix != ".gz" and _begins(path, GZIP):
        raise UserError(f"{path} is gzipped: name it {path.name}.gz")
    with path.open("rb") as raw, bar, gzip.open(raw) if path.suffix == ".gz" else nullcontext(raw) as file:
        number = 0
        try:
            for number, line in enumerate(file, start=1):
                if number % 10_000 == 0:
                    bar.update(raw.tell() - bar.n)
                if line.strip():
                    yield number, line
        except (OSError, EOFError, ZlibError) as error:
            raise UserError(f"{path} is damaged after line {number}: {error}") from None
        bar.update(raw.tell() - bar.n)


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark
