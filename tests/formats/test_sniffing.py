"""The format, the separator and the header of a file."""

from pathlib import Path

import pytest

from format_reading import columns, records, write
from rlmrec.common.errors import UserError
from rlmrec.formats import Delimited, Reading, format_of

LOOK = Reading(header=None, quoting=None)


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ("user,item\na,b\n", ","),
        ("user;item;rating\na;b;3,5\n", ";"),
        ("user\titem\ttext\na\tb\tone, two, three, four\n", "\t"),
        ("user|item\na|b\n", "|"),
        ("1::1193::5::978300760\n1::661::3::978302109\n", "::"),
        ('user,"one; two; three",item\na,b,c\n', ","),
        ('user,text\na,"one; two\nthree; four; five"\n', ","),
        ('user;12" disc\na;7" disc\n', ";"),
        ("user\na\n", ","),
    ],
)
def test_separators(content: str, separator: str, tmp_path: Path) -> None:
    kind = format_of(write(tmp_path / "r.csv", content), reading=LOOK)
    assert isinstance(kind, Delimited)
    assert kind.separator == separator


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("user,item,rating\na,b,5\n", ["user", "item", "rating"]),
        ("196\t242\t3\t881250949\n", ["1", "2", "3", "4"]),
        ("u1,i1,5\nu2,i2,4\n", ["1", "2", "3"]),
        ("User ID,item,2019\na,b,1\n", ["User ID", "item", "2019"]),
        ("who,what\na,b\n", ["who", "what"]),
        ("item,nan\na,b\n", ["item", "nan"]),
    ],
)
def test_headers(content: str, names: list[str], tmp_path: Path) -> None:
    assert columns(write(tmp_path / "r.csv", content), reading=LOOK) == names


@pytest.mark.parametrize("name", ["r.CSV", "r.tab", "r.txt.gz", "R.CSV.GZ", "r.dat", "u.data"])
def test_endings_of_delimited_text(name: str, tmp_path: Path) -> None:
    assert records(write(tmp_path / name, "user\titem\na\tb\n"), reading=LOOK) == [("a", "b")]


def test_the_ending_tells_the_others(tmp_path: Path) -> None:
    for name in ("r.jsonl", "r.ndjson", "r.json", "r.json.gz"):
        assert records(write(tmp_path / name, '{"user": "a"}\n')) == [("a",)]
    assert records(write(tmp_path / "r.inter.gz", "user:token\na\n")) == [("a",)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.log", b"a b\n", "r.log: its name does not tell the format; rename it (known endings: .csv, .tsv,"),
        ("r", b"a b\n", "its name does not tell the format"),
        ("r.csv.zip", b"PK\x03\x04", "r.csv.zip is a zip archive: unpack it, and name the file inside"),
        ("r.csv.zst", b"\x28\xb5\x2f\xfd", "r.csv.zst is compressed by Zstandard"),
        ("r.csv.bz2", b"BZh9", "r.csv.bz2 is compressed by bzip2"),
        ("r.csv.xz", b"\xfd7zXZ\0", "r.csv.xz is compressed by xz"),
        ("r.csv", b"", "r.csv is empty"),
    ],
)
def test_files_that_do_not_tell(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        columns(tmp_path / name, reading=LOOK)
    assert says in str(caught.value)


def test_formats_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"source\.formats: there is no format xml; valid are auto, csv, tsv, ssv, psv"):
        format_of(tmp_path / "r.xml", "xml")
