"""Delimited text: read as Python's own reader does, strictly."""

from pathlib import Path

import pytest

from format_reading import columns, records, write
from rlmrec.common.errors import UserError
from rlmrec.formats import Delimited, Reading
from rlmrec.formats import base as formats_base
from rlmrec.formats import delimited as formats_delimited
from rlmrec.formats import lines as formats_lines

HEADER = "user,item,rating,note\n"


def test_quoted_values_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", 'user,"a ""note"""\r\nu1,"x, y"\r\nu2,"one\ntwo\r\nthree"\r\n\r\nu3,5" wide\r\n')
    assert records(path) == [("u1", "x, y"), ("u2", "one\ntwo\r\nthree"), ("u3", '5" wide')]
    assert columns(path) == ["user", 'a "note"']


def test_some_columns_in_another_order(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", HEADER + "u1,i1,5,x\nu2,i2,4,\n")
    assert records(path, "csv", "note", "user") == [("x", "u1"), ("", "u2")]
    assert records(path, "csv", "item") == [("i1",), ("i2",)]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("u1,i1,5,x\nu2,i2,4\n", "record 2 (line 3) has 3 values for 4 columns, beginning 'u2'; the file may"),
        ("u1,i1,5,x\n\nu2,i2,4,y,z\n", "record 2 (line 4) has 5 values for 4 columns, beginning 'u2'"),
        ("u1,i1,5,x\nu2,i2,4,y\nu3,i", "record 3 (line 4) has 2 values for 4 columns"),
        ('u1,i1,5,"x\ny"\nu2,i2,4\n', "record 2 (line 4) has 3 values"),
        ('u1,i1,5,x\nu2,i2,4,"never closed\nu3,i3,5,x\n', "line 3: a value that begins with a quote is never closed"),
        ('u1,i1,5,x\nu2,i2,4,"Weird" Al\n', "line 3: ',' expected after '\"'; within quotes, a quote is written twice"),
        ('u1,i1,5,"12 inch\nu2,i2,4,y\nu3,i3,4,"7 inch\n', "line 2: ',' expected after '\"'"),
        ('u1, "i1", 4, x\n', 'line 2: a blank stands before the quotes of "i1", which are then a part of the value'),
        ("u1,i1,5,x\ru2,i2,4,y\n", "line 2: a carriage return stands inside of a value without quotes"),
        (b"u1,i1,5,x\nu2,i2,4,\xe9\n", "line 3 is not text in utf-8 (invalid continuation byte): set source.encoding"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(lines: str | bytes, says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", HEADER.encode() + (lines if isinstance(lines, bytes) else lines.encode()))
    with pytest.raises(UserError) as caught:
        records(path, "csv", "user", "item")
    assert str(caught.value).startswith(f"{path} ")
    assert says in str(caught.value)


SWALLOWED = 'u1,i1,5,fine\nu1,i2,5,"a 12 inch\nu2,i1,5,fine\nu2,i2,5,a 12"\nu3,i1,4,fine\n'


def test_quotes_that_join_what_looks_like_records_are_asked_about(tmp_path: Path) -> None:
    """A lone quote at the beginning of one value and one at the end of a later would swallow all between."""
    path = write(tmp_path / "r.csv", HEADER + SWALLOWED)
    with pytest.raises(UserError, match=r"r\.csv lines 3 to 5 are one record if .* source\.quoting=false .*=true"):
        records(path, reading=Reading(quoting=None))
    assert len(records(path, reading=Reading(quoting=False))) == 5
    assert len(records(path, reading=Reading(quoting=True))) == 3


def test_texts_of_several_lines_are_not_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", HEADER + 'u1,i1,5,"one, two\nthree, four, five, six"\nu2,i1,4,x\n')
    assert len(records(path, reading=Reading(quoting=None))) == 2


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats_delimited, "LONGEST", 1000)
    path = write(tmp_path / "r.csv", HEADER + 'u1,i1,5,x\nu2,i2,4,"never\n' + "u3,i3,5,x\n" * 999)
    with pytest.raises(UserError, match=r"r\.csv line 3: a value that begins with a quote is never closed"):
        records(path, "csv", "user")


def test_without_quoting(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tsv", 'user\titem\tnote\n"u1"\ti1\t"Weird Al" Yankovic\nu2\ti"2\t"\n')
    assert records(path, reading=Reading(quoting=False)) == [
        ('"u1"', "i1", '"Weird Al" Yankovic'),
        ("u2", 'i"2', '"'),
    ]


def test_without_a_header_columns_have_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "ratings.dat", "1::1193::5::978300760\r\n1::661::3::978302109\r\n")
    reading = Reading(header=None)
    assert columns(path, reading=reading) == ["1", "2", "3", "4"]
    assert records(path, "auto", "2", "1", reading=reading) == [("1193", "1"), ("661", "1")]


def test_separators_of_several_characters(tmp_path: Path) -> None:
    path = write(tmp_path / "r.dat", 'user::title\n1::"Great Performances: Cats" (1998)\n\n2::a:b\n')
    assert records(path) == [("1", '"Great Performances: Cats" (1998)'), ("2", "a:b")]
    with pytest.raises(UserError, match=r"r\.dat record 1 \(line 2\) has 1 values for 2 columns"):
        records(write(path, "user::title\n1:a\n"))
    with pytest.raises(UserError, match=r"r\.dat line 2: a carriage return stands inside of a value"):
        records(write(path, "user::title\n1::a\rb\n"))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_blanks_around_names_and_a_byte_order_mark_are_no_part_of_names(mark: str, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", f'{mark}"user" , item,User\n a ,b,c\n')
    assert columns(write(path, f"{mark} user, item ,User\n")) == ["user", "item", "User"]
    assert records(write(path, f'{mark}"user", item ,User\n a ,b,c\n')) == [(" a ", "b", "c")]


def test_repeated_columns_are_refused_if_they_are_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "user,item,x,x,user\na,b,c,d,e\n")
    assert records(path, "csv", "item") == [("b",)]
    with pytest.raises(UserError, match=r"r\.csv has 2 columns 'user': rename all but one"):
        records(path, "csv", "item", "user")
    with pytest.raises(UserError, match="has 2 columns 'user'"):
        Delimited(",").read(path)


@pytest.mark.parametrize("content", ["", "\n\n", "\r\n", "\ufeff"])
def test_an_empty_file(content: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"r\.csv is empty: its first line must name the columns"):
        records(write(tmp_path / "r.csv", content))


def test_only_a_header(tmp_path: Path) -> None:
    assert records(write(tmp_path / "r.csv", HEADER)) == []
    assert Delimited(",").read(tmp_path / "r.csv").columns == ["user", "item", "rating", "note"]


def test_read_is_the_same_as_scan(tmp_path: Path) -> None:
    path = write(tmp_path / "users.csv", 'id,profile\n0,"likes\n""jazz"""\n1,\n')
    assert Delimited(",").read(path).rows() == records(path) == [("0", 'likes\n"jazz"'), ("1", "")]


def test_other_encodings(tmp_path: Path) -> None:
    path = write(tmp_path / "movies.csv", "item,title\n1,Misérables\n".encode("latin-1"))
    assert records(path, "csv", reading=Reading("latin-1")) == [("1", "Misérables")]
    with pytest.raises(UserError, match=r"movies\.csv line 2 is not text in utf-8.*such as latin-1 or cp1252"):
        records(path, "csv")


def test_parts_on_disk_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "r.csv", "n,text\n" + "".join(f"{n},{'x' * (n % 7)}\n" for n in range(100)))
    monkeypatch.setattr(formats_lines, "FIRST_BLOCK", 50)
    monkeypatch.setattr(formats_base, "ROWS_AT_ONCE", 8)
    assert [int(n) for n, _ in records(path)] == list(range(100))


def test_long_records_are_held_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "r.csv", "n,text\n" + "".join(f"{n},{'x' * 1000}\n" for n in range(60)))
    for name in ("FIRST_BLOCK", "LARGEST_BLOCK"):
        monkeypatch.setattr(formats_lines, name, 5_000)
    monkeypatch.setattr(formats_base, "BYTES_AT_ONCE", 5_000)
    assert len(records(path)) == 60
    sizes = sorted(part.stat().st_size for part in tmp_path.glob("*/*.parquet"))
    assert len(sizes) > 10
