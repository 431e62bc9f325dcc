"""JSON lines."""

import json
from pathlib import Path

import pytest

from format_reading import columns, records, write
from rlmrec.common.errors import UserError
from rlmrec.formats import Reading
from rlmrec.formats.json_lines import JsonLines

GOOD = '{"user": "a", "item": "b"}\n'


def test_fields_may_be_absent_and_values_keep_what_they_say(tmp_path: Path) -> None:
    rows = [
        {"user": "007", "item": 9007199254740993, "n": 1.0},
        {"user": 7.0, "text": 'He said "hi"\nNext, caf\u00e9 \u2019 {x} C:\\temp\t\u2028 \U0001f600'},
        {"user": None, "item": True, "n": 0.1, "deep": {"Brand": "A & B", "Pages": 320.0, "none": None}},
        {"user": "1.0", "item": [["a"], ["b"]], "n": -0.0},
    ]
    path = write(tmp_path / "r.jsonl", "\n\n".join(map(json.dumps, rows)))
    assert columns(path) == ["user", "item", "n", "text", "deep"]
    assert records(path) == [
        ("007", "9007199254740993", "1", None, None),
        ("7", None, None, rows[1]["text"], None),
        (None, "true", "0.1", None, "Brand: A & B, Pages: 320"),
        ("1.0", "a, b", "0", None, None),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"user": "a"', "line 3 is no JSON: Expecting ',' delimiter, at character"),
        ('{"user": NaN}', "line 3 is no JSON: NaN is no JSON number"),
        ('{"user": -Infinity}', "line 3 is no JSON: -Infinity is no JSON number"),
        ('{"user": "a", "item": "b", "user": "c"}', "line 3 is no JSON: the field 'user' is repeated"),
        ('{"user": {"x": 1, "x": 2}}', "line 3 is no JSON: the field 'x' is repeated"),
        ('{"user": "cut \\ud83d"}', "line 3 is no JSON: a text holds half a character"),
        ('["a"]', "line 3 begins an array: one object a line is needed"),
        ('"a"', "line 3 is no JSON object but str"),
        (GOOD[:-1] + GOOD[:-1], "line 3 is no JSON: another value follows at character 27"),
        ("[" * 100_000, "line 3 begins an array"),
        ('{"a":' * 100_000, "line 3 is no JSON: maximum recursion depth"),
        (f'{{"user": {"9" * 5000}}}', "line 3 is no JSON: Exceeds the limit"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(line: str, says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", GOOD + GOOD + line + "\n" + GOOD)
    with pytest.raises(UserError) as caught:
        records(path, "auto", "user")
    assert str(caught.value).startswith(f"{path} {says}")


def test_a_first_line_that_is_no_json_may_be_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"line 1 is no JSON: .*; source\.formats says how else to read it"):
        records(write(tmp_path / "r.json", "{u'user': 1}\n"))


def test_halves_of_characters_are_joined(tmp_path: Path) -> None:
    assert records(write(tmp_path / "r.jsonl", '{"user": "\\ud83d\\ude00"}')) == [("\U0001f600",)]
    split_in_two = json.dumps({"user": "\ud83d"})[:-2] + '\\ude00"}'
    assert records(write(tmp_path / "r.jsonl", f'{{"user": "\\u00e9"}}\n{split_in_two}\n')) == [("é",), ("\U0001f600",)]


@pytest.mark.parametrize("content", ["", "\n \n", "{}\n"])
def test_an_empty_file(content: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"r\.jsonl is empty: it must hold a JSON object a line"):
        records(write(tmp_path / "r.jsonl", content))


def test_a_byte_order_mark_and_other_encodings(tmp_path: Path) -> None:
    assert records(write(tmp_path / "r.jsonl", "\ufeff" + GOOD)) == [("a", "b")]
    path = write(tmp_path / "r.jsonl", '{"user": "é"}\n'.encode("latin-1"))
    assert records(path, reading=Reading("latin-1")) == [("é",)]
    with pytest.raises(UserError, match="line 1 is not text in utf-8"):
        records(path)


def test_a_value_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text('{"a": ' + "[" * 900 + "]" * 900 + "}\n")
    with pytest.raises(UserError, match=r"deep\.jsonl: a value is nested too deeply"):
        JsonLines().scan(path, ["a"], tmp_path / "staging")
