"""RecBole's atomic files."""

from pathlib import Path

import pytest

from format_reading import columns, records, write
from rlmrec.common.errors import UserError

HEADER = "item_id:token\ttitle:token_seq\tyear:float\tgenre:token_seq\n"


def test_sequences_are_lists_and_quotes_mean_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "ml[1].item", HEADER + '1\t"Toy Story\t1995\tAnimation Comedy\r\n\r\n2\t\t\t\n')
    assert columns(path) == ["item_id", "title", "year", "genre"]
    assert records(path) == [
        ("1", ['"Toy', "Story"], "1995", ["Animation", "Comedy"]),
        ("2", [""], "", [""]),
    ]
    assert records(path, "auto", "year", "item_id") == [("1995", "1"), ("", "2")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", " is empty: its first line must name the columns"),
        ("item_id\ttitle:token_seq\n", ": the header must say name:type with a type of token, token_seq,"),
        ("item_id:int\n", "not item_id:int"),
        ("a:token\ta:float\n1\t2\n", " has 2 columns 'a'"),
        (HEADER + "1\tA\t1995\tx\n2\tB\t1996\n", " line 3 has 3 values for 4 columns"),
        (HEADER + "1\tA\t1995\tx\ty\n", " line 2 has 5 values for 4 columns"),
        (HEADER + "1\tA\rB\t1995\tx\n", " line 2: a carriage return stands inside of a value"),
        (HEADER.encode() + b"1\t\xe9\t1995\tx\n", " line 2 is not text in utf-8"),
    ],
)
def test_what_is_no_atomic_file_is_refused(content: str | bytes, says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "ml.item", content)
    with pytest.raises(UserError) as caught:
        records(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
