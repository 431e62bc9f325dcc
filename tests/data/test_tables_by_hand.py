"""Tables of users that people write by hand: read whole, or refused with the line."""

from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.data.folder import FolderDataset, conform


def profiles(content: str | bytes, folder: Path, count: int = 3) -> list[str]:
    path = folder / "users.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return conform(FolderDataset.table(path), path, count)["profile"].to_list()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            'id,profile\n0,12" singles\n1,"a, b"\n2,"two\nlines ""here"""\n',
            ['12" singles', "a, b", 'two\nlines "here"'],
        ),
        ("\ufeffid, profile\r\n2,c\r\n0,a\r\n1,\r\n", ["a", "", "c"]),
        ('"id","note","profile"\n0,"x","a"\n1,"","b"\n2,,c', ["a", "b", "c"]),
        ("id,profile\n\n0,NULL\n1,nan\n2,1.0\n\n", ["NULL", "nan", "1.0"]),
        ("id\n0\n1\n2\n", ["", "", ""]),
    ],
)
def test_well_formed(content: str, expected: list[str], tmp_path: Path) -> None:
    assert profiles(content, tmp_path) == expected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            'id,profile\n0,"Weird" Al\n1,b\n2,c\n',
            "users.csv line 2: ',' expected after '\"'; within quotes, a quote is",
        ),
        ('id,profile\n0,a\n1,"b\n2,c\n', "users.csv line 3: a value that begins with a quote is never closed"),
        ('id,profile\n0,"a\n1,b"\n2,c\n', "users.csv: the column id must hold 0 to 2, each once; it has 2 rows"),
        ("id,profile\n0,a\n1\n2,c\n", "users.csv record 2 (line 3) has 1 values for 2 columns"),
        ("id,profile\n0,a,b\n1,b\n2,c\n", "users.csv record 1 (line 2) has 3 values for 2 columns"),
        ("id;profile\n0;a\n1;b\n2;c\n", "users.csv has no column id; it has id;profile"),
        ("id,profile,profile\n0,a,b\n", "users.csv has 2 columns 'profile': rename all but one"),
        ("id,profile\n0.0,a\n1.0,b\n2.0,c\n", "users.csv: the column id must hold whole numbers from 0"),
        ("id,profile\n0,caf\xe9\n".encode("latin-1"), "users.csv line 2 is not text in utf-8"),
        ("id,profile\n0,a\n".encode("utf-16"), "users.csv is in UTF-16: save it as UTF-8"),
        (b"PK\x03\x04", "users.csv is a zip archive"),
        ("", "users.csv is empty"),
        ("id,profile\n", "users.csv: the column id must hold 0 to 2, each once; it has 0 rows"),
    ],
)
def test_damaged(content: str | bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        profiles(content, tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
