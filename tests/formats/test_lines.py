"""Lines of files, gzipped or not."""

import gzip
import threading
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.formats import lines as formats_lines
from rlmrec.formats.lines import decoded_lines

TEXT = "first\u2028\x85\x0b\x0c\x1c\r\nsecond\rhalf\n\nlast"


def lines(path: Path, encoding: str = "utf-8") -> list[tuple[int, str]]:
    return list(decoded_lines(path, encoding))


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "A.TXT.GZ"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_end_at_line_feeds_alone(name: str, mark: str, tmp_path: Path) -> None:
    content = (mark + TEXT).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    expected = [(1, "first\u2028\x85\x0b\x0c\x1c\r\n"), (2, "second\rhalf\n"), (3, "\n"), (4, "last")]
    assert lines(tmp_path / name) == expected


def test_several_gzip_files_in_one(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"one\ntw") + gzip.compress(b"o\n"))
    assert lines(tmp_path / "a.gz") == [(1, "one\n"), (2, "two\n")]


WHOLE = gzip.compress(b"some line\n" * 100, mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", gzip.compress(b"x", mtime=0), "is gzipped: name it a.csv.gz"),
        ("a.csv", b"PK\x03\x04...", "is a zip archive: unpack it"),
        ("a.csv", b"\x28\xb5\x2f\xfd...", "is compressed by Zstandard: unpack it (zstd -d) first"),
        ("a.csv", b"BZh91AY", "is compressed by bzip2: unpack it (bunzip2) first"),
        ("a.csv", b"\xfd7zXZ\x00", "is compressed by xz: unpack it (unxz) first"),
        ("a.csv", b"PAR1\x15\x04", "is a Parquet file: name it a.parquet"),
        ("a.csv", "user,item\n".encode("utf-16"), "is in UTF-16: save it as UTF-8"),
        ("a.csv.gz", gzip.compress("user,item\n".encode("utf-16"), mtime=0), "is in UTF-16: save it as UTF-8"),
        ("a.csv.gz", b"no gzip", "is damaged after line 0: "),
        ("a.csv.gz", WHOLE[:-9], "is damaged after line "),
        ("a.csv.gz", WHOLE[:-8] + b"\0\0\0\0" + WHOLE[-4:], "is damaged after line "),
        ("a.csv.gz", WHOLE + b"garbage", "is damaged after line "),
    ],
)
def test_what_is_no_text_is_named(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        lines(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name} {says}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf8", "UTF-8"])
def test_utf_8_by_any_name(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("\ufeffé\n\ufeffb\n".encode())
    assert lines(tmp_path / "a", encoding) == [(1, "é\n"), (2, "\ufeffb\n")]


@pytest.mark.parametrize(
    ("encoding", "says"),
    [
        ("utf-16", "source.encoding=utf-16 is not read line by line: save the file as UTF-8"),
        ("cp037", "source.encoding=cp037 is not read line by line"),
        ("rot13", "source.encoding=rot13: there is no such encoding"),
        ("klingon", "source.encoding=klingon: there is no such encoding; utf-8 and latin-1 are common"),
    ],
)
def test_encodings_that_cannot_be_read(encoding: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\n")
    with pytest.raises(UserError) as caught:
        lines(tmp_path / "a", encoding)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_a_line_without_an_end_does_not_fill_the_memory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats_lines, "LONGEST_LINE", 2**20)
    content = b"one\ntwo\n" + b"x" * 2**21
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    found: list[tuple[int, str]] = []
    with pytest.raises(UserError, match="line 3 has more than 1 MiB: is it text with line ends"):
        found.extend(decoded_lines(tmp_path / name, "utf-8"))
    assert found == [(1, "one\n"), (2, "two\n")]


@pytest.mark.parametrize("block", [1, 16, 2**16])
def test_lines_before_a_damage_come_first(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_BLOCK", "LARGEST_BLOCK"):
        monkeypatch.setattr(formats_lines, name, block)
    damaged = {
        "cut.gz": (gzip.compress(b"one\ntwo\nthr", 0)[:-9], "is damaged after line 2: "),
        "short.gz": (gzip.compress(b"a line that does not end")[:-9], "is damaged after line 0: "),
        "wrong": (b"one\ntwo\nth\xe9\nfour\n", "line 3 is not text in utf-8 (invalid continuation byte)"),
        "end": (b"one\ntwo\nth\xc3", "line 3 is not text in utf-8 (unexpected end of data)"),
    }
    for name, (content, says) in damaged.items():
        (tmp_path / name).write_bytes(content)
        found = []
        with pytest.raises(UserError) as caught:
            found.extend(decoded_lines(tmp_path / name, "utf-8"))
        assert str(caught.value).startswith(f"{tmp_path / name} {says}")
        assert found == ([] if name == "short.gz" else [(1, "one\n"), (2, "two\n")])


@pytest.mark.skipif(not hasattr(threading, "_shutdown_locks_lock"), reason="Python 3.13 joins without a lock of all")
def test_what_nobody_reads_on_is_closed_wherever_the_garbage_collector_runs(tmp_path: Path) -> None:
    """It may run in a thread that is just starting, and holds a lock that joining another thread takes."""
    path, lock = tmp_path / "a.txt", threading._shutdown_locks_lock  # type: ignore[attr-defined]
    path.write_bytes(b"some line\n" * 100_000)
    begun = [decoded_lines(path, "utf-8")]
    next(begun[0])
    closed = threading.Event()

    def collect() -> None:
        begun.clear()
        closed.set()

    with lock:
        threading.Thread(target=collect, daemon=True).start()
        in_time = closed.wait(20)
    assert in_time
