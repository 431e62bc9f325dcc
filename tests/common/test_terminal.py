"""Tables, warnings and progress bars in the terminal."""

import re

import pytest

from places import SOURCE
from rlmrec.common.terminal import counted, print_table, print_warnings, progress_bar


def test_warnings_stand_in_one_block_and_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings([])
    assert capsys.readouterr() == ("", "")
    print_warnings(["a" * 200, "[bold]no markup[/bold]"])
    assert capsys.readouterr().out == f"2 warnings:\n  {'a' * 200}\n  [bold]no markup[/bold]\n"


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("of [b]", ["name", "count"], [["[a]", 12345]])
    printed = capsys.readouterr().out
    assert "of [b]" in printed
    assert "│ [a]  │ 12,345 │" in printed


def test_words() -> None:
    assert [counted(number, "warning") for number in (0, 1, 1200)] == ["0 warnings", "1 warning", "1,200 warnings"]


def test_bars_leave_nothing_where_output_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress_bar(range(3), desc="counting")) == [0, 1, 2]
    with progress_bar(total=2) as bar:
        bar.update(2)
    assert capsys.readouterr() == ("", "")


def test_all_bars_are_made_in_one_place() -> None:
    makers = [
        path.name for path in SOURCE.rglob("*.py") if re.search(r"\btqdm\(|\btrack\(|partial\(tqdm", path.read_text())
    ]
    assert makers == ["terminal.py"]
