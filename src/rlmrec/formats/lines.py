"""Reading text files, optionally gzipped, line by line."""

import codecs
import gzip
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from io import BufferedReader, FileIO, StringIO
from pathlib import Path
from threading import get_ident
from zlib import error as ZlibError

from rlmrec.common.errors import UserError
from rlmrec.common.terminal import progress_bar

MARKS = {
    b"\x1f\x8b": "is gzipped: name it {name}.gz",
    b"PK\x03\x04": "is a zip archive: unpack it, and name the file inside",
    b"\x28\xb5\x2f\xfd": "is compressed by Zstandard: unpack it (zstd -d) first",
    b"BZh": "is compressed by bzip2: unpack it (bunzip2) first",
    b"\xfd7zXZ": "is compressed by xz: unpack it (unxz) first",
    b"PAR1": "is a Parquet file: name it {stem}.parquet",
}
"""Initial bytes of files that are not plain text, with an error message for each."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FIRST_BLOCK, LARGEST_BLOCK = 2**16, 2**21
"""Bytes to read at once: few at first, since the beginning often suffices, then increasingly more."""
LONGEST_LINE = 2**26
"""Limit on the bytes of a line: a small archive may unpack to one that fills the memory."""
DAMAGES = (OSError, EOFError, ZlibError)


class TooLongLineError(Exception):
    """An error for a line that exceeds the limit."""


def decoded_lines(path: Path, encoding: str, progress: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the number (from 1) and text of every line; see ``text_lines``."""
    return enumerate(text_lines(path, encoding, progress), start=1)


def text_lines(path: Path, encoding: str, progress: bool = False) -> Iterator[str]:
    """Yield the text of every line, line end included; only line feeds end a line. See ``text_blocks``."""
    return lines_of(text_blocks(path, encoding, progress))


def lines_of(blocks: Iterable[str]) -> Iterator[str]:
    """Yield the lines of text blocks that consist of whole lines."""
    for block in blocks:
        yield from StringIO(block, newline="\n")


def text_blocks(path: Path, encoding: str, progress: bool = False) -> Iterator[str]:
    """Yield the text of a file, without a byte order mark, in blocks of whole lines, reading one block ahead.

    Args:
        path: path of the file, which is gzipped if its name ends in ``.gz``.
        encoding: Python's name of the text encoding.
        progress: whether to show a progress bar.

    Raises:
        UserError: if text is not in the encoding (names the file, line and option), or compressed data are damaged,
            truncated or not named ``.gz``. All preceding lines are yielded first.
    """
    encoding = _checked(encoding)
    decoder = codecs.getincrementaldecoder(encoding)()
    bar = progress_bar(
        total=path.stat().st_size, desc=path.name, unit="B", unit_scale=True, disable=not progress or None, leave=False
    )
    number, block = 0, b""
    with FileIO(path) as raw, bar, _content(path, raw) as file, closing(_read_ahead(_blocks(file))) as blocks:
        try:
            if file.peek(2)[:2] in UTF16:
                raise UserError(f"{path} is in UTF-16: save it as UTF-8")
            for block in blocks:
                text = decoder.decode(block, final=True)
                yield text if number else text.removeprefix("\ufeff")
                number += text.count("\n")
                bar.update(raw.tell() - bar.n)
        except UnicodeDecodeError as error:
            if before := block[: block.rfind(b"\n", 0, error.start) + 1].decode(encoding, "replace"):
                yield before if number else before.removeprefix("\ufeff")
            raise UserError(_wrong_line(path, encoding)) from None
        except TooLongLineError:
            raise UserError(
                f"{path} line {number + 1} has more than {LONGEST_LINE >> 20} MiB: is it text with line ends?"
            ) from None
        except DAMAGES as error:
            raise UserError(f"{path} is damaged after line {number}: {error}") from None


def _blocks(file: BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks of whole lines, including those before any damage."""
    size, held, pieces = FIRST_BLOCK, 0, list[bytes]()
    try:
        while piece := file.read1(FIRST_BLOCK):
            end = piece.rfind(b"\n") + 1 if held + len(piece) >= size else 0
            pieces.append(piece)
            held += len(piece)
            if held > LONGEST_LINE:
                raise TooLongLineError
            if end:
                pieces[-1] = piece[:end]
                yield b"".join(pieces)
                pieces, held, size = [piece[end:]], len(piece) - end, min(2 * size, LARGEST_BLOCK)
    except (TooLongLineError, *DAMAGES):
        read = b"".join(pieces)
        if end := read.rfind(b"\n") + 1:
            yield read[:end]
        raise
    if held:
        yield b"".join(pieces)


def _read_ahead(blocks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """Yield blocks, each read by a thread while the previous one is processed.

    An unfinished generator is closed by the garbage collector in any thread, possibly in one that is just starting and
    holds the lock needed to join another, or in the reading thread itself; so the reader is not joined.
    """
    reader = ThreadPoolExecutor(1)
    own = reader.submit(get_ident).result()
    coming = reader.submit(next, blocks, None)
    try:
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block
    finally:
        reader.shutdown(wait=False)
        if get_ident() != own:
            wait([coming])  # so that nothing reads from the closed file


def content(line: str, path: Path, number: int) -> str:
    """Return a line without its line end.

    Raises:
        UserError: if it contains another carriage return, which other programs would take for a line end.
    """
    text = line.removesuffix("\n").removesuffix("\r")
    if "\r" in text:
        raise UserError(
            f"{path} line {number}: a carriage return stands inside of a value; save it with line ends of one kind"
        )
    return text


def is_gzipped(path: Path) -> bool:
    """Return whether a file is gzipped according to its name."""
    return path.suffix.lower() == ".gz"


def refuse_no_text(path: Path) -> None:
    """Refuse a file that is compressed or not text, judged by its first bytes.

    Raises:
        UserError: if it is such a file; says what it is and what to do.
    """
    with path.open("rb") as file:
        beginning = file.read(6)
    for mark, says in MARKS.items():
        if beginning.startswith(mark):
            raise UserError(f"{path} {says.format(name=path.name, stem=path.stem)}")


def _content(path: Path, raw: FileIO) -> BufferedReader | gzip.GzipFile:
    """Return a reader of the decompressed bytes of an open file."""
    if is_gzipped(path):
        return gzip.GzipFile(fileobj=raw)
    refuse_no_text(path)
    return BufferedReader(raw, FIRST_BLOCK)


def _wrong_line(path: Path, encoding: str) -> str:
    """Return a message that names the first line that is not in the encoding, found by rereading the file."""
    where, reason = str(path), "it ends within a character"
    with FileIO(path) as raw, _content(path, raw) as file:
        for number, line in enumerate(file, start=1):
            where = f"{path} line {number}"
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                reason = error.reason
                break
    return (
        f"{where} is not text in {encoding} ({reason}): set source.encoding, such as latin-1 or cp1252, or save the "
        "file as UTF-8"
    )


def _checked(encoding: str) -> str:
    """Return the normalised name of an encoding; refuse one in which a line feed is not the same byte as in ASCII."""
    try:
        name = codecs.lookup(encoding).name
        usable = "\n".encode("utf-8" if name == "utf-8-sig" else name) == b"\n"
    except (LookupError, UnicodeError):
        raise UserError(
            f"source.encoding={encoding}: there is no such encoding; utf-8 and latin-1 are common"
        ) from None
    if not usable:
        raise UserError(f"source.encoding={encoding} is not read line by line: save the file as UTF-8")
    return "utf-8" if name == "utf-8-sig" else name
