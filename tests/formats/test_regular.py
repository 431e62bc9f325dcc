"""Regular delimited text, read many records at a time: the same as by Python's reader, or left to it."""

import csv
from io import StringIO
from pathlib import Path
from random import Random

import pytest

from format_reading import records, write
from rlmrec.common.errors import UserError
from rlmrec.formats import Reading
from rlmrec.formats import delimited as formats_delimited
from rlmrec.formats import lines as formats_lines
from rlmrec.formats.regular import read_regular

PIECES = ["a", "", " ", ",", '"', '""', "\n", "\r\n", "\r", "\0", "é", "#", ',"', '",', '"\n', "\ufeff", "\n,", "a,a\n"]


def read(
    text: str, columns: dict[str, int] | None = None, quoting: bool = True, width: int = 2
) -> list[tuple[str, ...]] | None:
    found = read_regular(text.encode(), ",", width, columns or {"first": 0, "second": 1}, quoting)
    return None if found is None else found.table.rows()


def test_what_is_regular() -> None:
    text = 'a,"b ""c"", d"\r\n,""\n"one\ntwo\r\n", x \n"""",é\n'
    assert read(text) == [("a", 'b "c", d'), ("", ""), ("one\ntwo\r\n", " x "), ('"', "é")]
    assert read(text, {"second": 1}) == [('b "c", d',), ("",), (" x ",), ("é",)]
    assert read('5" wide,"\n', quoting=False) == [('5" wide', '"')]


@pytest.mark.parametrize(
    "text",
    [
        *("a\n", "a,b,c\n", "a,b\n\nc,d\n", "a\nb,c,d\n", "a,b\n,\n,,\n", "\n"),
        *('5" wide,b"\n', 'a,"b"c\n', 'a,"b""c\n', 'a, "b"\n', '"a"",b\n'),
        *("a,b\rc,d\n", "a,b\r\r\n", '"a"\r,b\n'),
        *("\ufeffa,b\n", "a,b", ""),
    ],
)
def test_what_is_left_to_a_careful_reader(text: str) -> None:
    assert read(text) is None


def test_a_record_that_is_not_whole_is_left() -> None:
    found = read_regular(b'a,b\nc,"d\ne\n', ",", 2, {"first": 0}, quoting=True)
    assert found is not None
    assert (found.table.rows(), found.size, found.lines, found.joined) == ([("a",)], 4, 1, None)
    found = read_regular(b'a,b\n"c\nd","\n"\ne,f\n', ",", 2, {"first": 0}, quoting=True)
    assert found is not None
    assert (found.size, found.lines, found.joined) == (18, 5, (2, 4))


@pytest.mark.parametrize("quoting", [True, False])
def test_what_is_read_is_what_pythons_reader_reads(quoting: bool) -> None:
    random, regular = Random(0), 0
    for _ in range(1000):
        text = "".join(random.choices(PIECES, k=random.randint(1, 9))) + "\n"
        found = read_regular(text.encode(), ",", 2, {"first": 0, "second": 1}, quoting)
        if found is not None:
            regular += 1
            lines = StringIO(text.encode()[: found.size].decode(), newline="\n")
            reader = csv.reader(lines, strict=True, quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE)
            assert list(map(tuple, reader)) == found.table.rows()
    assert regular > 20


@pytest.mark.parametrize("block", [8, 64, 2**16])
@pytest.mark.parametrize(
    "irregular",
    ["", 'x,5" wide\n', "\n", "x,y,z\n", "x\n", 'x,"y\n', 'x,"y"z\n', "x,y\ry\n", "x,y"],
)
def test_blocks_say_the_same_as_one_record_after_the_other(
    block: int, irregular: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, numbers of records and lines in messages, and the look at joined lines do not depend on the blocks."""
    for name in ("FIRST_BLOCK", "LARGEST_BLOCK"):
        monkeypatch.setattr(formats_lines, name, block)
    before = 'user,note\na,"one\ntwo ""three"""\nb,4\n' * 3
    path = write(tmp_path / "r.csv", before + irregular)

    def outcome() -> object:
        try:
            return records(path, reading=Reading(quoting=None))
        except UserError as error:
            return str(error)

    found = outcome()
    monkeypatch.setattr(formats_delimited, "read_regular", lambda *_: None)
    assert found == outcome()
