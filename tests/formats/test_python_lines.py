"""Lines of Python dictionaries."""

from pathlib import Path

import pytest

from format_reading import columns, records, write
from rlmrec.common.errors import UserError


def test_literals_of_python_2_and_3(tmp_path: Path) -> None:
    lines = [
        "{u'user': 'a', 'title': u'It\\'s caf\\xe9', 'tags': [['Books', 'Poetry'], ['x, y']], 'price': 9.0}",
        "{'user': 'b', 'title': None, 'deep': {'a': 1, u'b': ('c', 'd')}, 3: 'three', 'tags': u'\\ud83d\\ude00'}",
    ]
    path = write(tmp_path / "r.json", "\n\n".join(lines))
    assert columns(path, "python") == ["user", "title", "tags", "price", "deep", "3"]
    assert records(path, "python") == [
        ("a", "It's café", "Books, Poetry | x, y", "9", None, None),
        ("b", None, "\U0001f600", None, "a: 1 | b: c, d", "three"),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{'user': \n", "line 2 is no Python dictionary: "),
        ("{'user': nan}\n", "line 2 is no Python dictionary: malformed node"),
        ("['a']\n", "line 2 is no Python dictionary but list"),
        ("{'user': '\\ud83d'}\n", "line 2 is no Python dictionary: a text holds half a character"),
        ("{'user': 'a\x00'}\n", "line 2 is no Python dictionary: "),
        ("{'user': " + "(" * 5000 + "\n", "line 2 is no Python dictionary: "),
    ],
)
def test_what_is_no_dictionary_is_refused_with_its_line(line: str, says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "r.txt", "{'user': 'a'}\n" + line)
    with pytest.raises(UserError) as caught:
        records(path, "python", "user")
    assert str(caught.value).startswith(f"{path} {says}")


def test_nothing_is_executed(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    with pytest.raises(UserError, match="line 1 is no Python dictionary"):
        records(write(tmp_path / "r.txt", f"{{'user': open({str(touched)!r}, 'w')}}\n"), "python")
    assert not touched.exists()


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"r\.txt is empty: it must hold a Python dictionary a line"):
        records(write(tmp_path / "r.txt", "\n"), "python")
