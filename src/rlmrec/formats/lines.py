"""Text files line by line, gzipped or not."""

import gzip
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from zlib import error as ZlibError

from tqdm import tqdm

from rlmrec.common.errors import UserError

MARKS = {
    b"\x1f\x8b": "is gzipped: name it {name}.gz",
    b"PK\x03\x04": "is a zip archive: unpack it, and name the file inside",
    b"\x28\xb5\x2f\xfd": "is compressed by Zstandard: unpack it (zstd -d) first",
    b"BZh": "is compressed by bzip2: unpack it (bunzip2) first",
    b"\xfd7zXZ": "is compressed by xz: unpack it (unxz) first",
}
"""What compressed files begin with, and what to tell of each."""


def read_lines(path: Path, progress: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield number (from 1) and content of every line, line end included; lines end at line feeds alone.

    Args:
        path: the file; gzipped if its name ends in ``.gz``.
        progress: show how much of the file has been read.

    Raises:
        UserError: if compressed data are damaged, end too early, or are not named so.
    """
    bar = tqdm(total=path.stat().st_size, desc=path.name, unit="B", unit_scale=True, disable=not progress, leave=False)
    with path.open("rb") as raw, bar, gzip.open(raw) if path.suffix == ".gz" else nullcontext(raw) as file:
        if path.suffix != ".gz":
            _refuse_compressed(path)
        number = 0
        try:
            for number, line in enumerate(file, start=1):
                if number % 10_000 == 0:
                    bar.update(raw.tell() - bar.n)
                yield number, line
        except (OSError, EOFError, ZlibError) as error:
            raise UserError(f"{path} is damaged after line {number}: {error}") from None
        bar.update(raw.tell() - bar.n)


def decoded_lines(path: Path, encoding: str, progress: bool = False) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line, without a byte order mark at the beginning.

    Raises:
        UserError: names file and line of what is not in this encoding, and the option that names another.
    """
    _check_encoding(encoding)
    for number, line in read_lines(path, progress):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            raise UserError(
                f"{path} line {number} is not text in {encoding} ({error.reason}): set source.encoding, such as "
                "latin-1 or cp1252, or save the file as UTF-8"
            ) from None
        yield number, text.removeprefix("\ufeff") if number == 1 else text


def _check_encoding(encoding: str) -> None:
    """Refuse an encoding that is none, or in which a line feed is not the same single byte as in ASCII."""
    try:
        usable = "\n".encode(encoding) == b"\n"
    except LookupError:
        raise UserError(
            f"source.encoding={encoding}: there is no such encoding; utf-8 and latin-1 are common"
        ) from None
    if not usable:
        raise UserError(f"source.encoding={encoding} is not read line by line: save the file as UTF-8")


def _refuse_compressed(path: Path) -> None:
    with path.open("rb") as file:
        beginning = file.read(6)
    for mark, says in MARKS.items():
        if beginning.startswith(mark):
            raise UserError(f"{path} {says.format(name=path.name)}")
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is in UTF-16: save it as UTF-8")
