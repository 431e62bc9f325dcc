"""Adjacency lists."""

from pathlib import Path

import pytest

from format_reading import records, write
from rlmrec.common.errors import UserError


def test_a_line_for_each_user(tmp_path: Path) -> None:
    path = write(tmp_path / "train[1].txt", "0 5 3 5\r\n1\n\n02 7 \n")
    assert records(path, "adjacency") == [("0", "5"), ("0", "3"), ("0", "5"), ("02", "7")]
    assert records(path, "adjacency", "item") == [("5",), ("3",), ("5",), ("7",)]


def test_a_user_with_two_lines_is_another_format(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"r\.txt line 3 repeats user 1 of line 1: is it an adjacency list\?"):
        records(write(tmp_path / "r.txt", "1 5\n2 6\n1 7\n"), "adjacency")
