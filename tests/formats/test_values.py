"""Values as readable text."""

import pytest

from rlmrec.formats.values import readable, whole_characters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("1.0", "1.0"),
        (7, "7"),
        (2**70, str(2**70)),
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (True, "true"),
        (["a", "b"], "a, b"),
        (["a", None, "", "b"], "a, b"),
        (["Guns, Germs, and Steel", "Collapse"], "Guns, Germs, and Steel | Collapse"),
        (["a; b", "c"], "a; b | c"),
        (["a, b"], "a, b"),
        ([["Books"], ["Poetry", "Verse"]], "Books | Poetry, Verse"),
        ({"Brand": "A & B", "Pages": 320.0, "Series": None}, "Brand: A & B, Pages: 320"),
        ({"Genres": ["a", "b"], "Year": 1999}, "Genres: a, b | Year: 1999"),
        ([None, 10.5, 20], "null, 10.5, 20"),
        (["", 0.5, 1.5], "null, 0.5, 1.5"),
        ([None, ""], ""),
        ({}, ""),
        ([], ""),
    ],
)
def test_readable(value: object, text: str | None) -> None:
    assert readable(value) == text


def test_whole_characters() -> None:
    halves = {"a": ["\ud83d\ude00", 1, None], "b\ud83d\ude00": "x"}
    assert whole_characters(halves) == {"a": ["😀", 1, None], "b😀": "x"}
    for value in ("\ud83d", "a\ude00", {"a": ["\ud83d"]}):
        with pytest.raises(ValueError, match="half a character"):
            whole_characters(value)


def test_sets_are_read_in_an_order_of_their_own() -> None:
    assert readable({"z", "b", "a"}) == "a, b, z"
    assert whole_characters({"\ud83d\ude00", "a"}) == {"😀", "a"}
