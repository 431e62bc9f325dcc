"""Lists of names as they were typed."""

from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from pydantic import ValidationError

from rlmrec.cli.frame.own_options import SimilarOptions
from rlmrec.cli.frame.typed_words import given_lists

OTHERS = {"run": None, "items": None, "k": 10, "trust": []}


def read(*words: str) -> Any:
    """Return the users that some words of a command line name."""
    value = OverridesParser.create().parse_override(words[-1]).value()
    return SimilarOptions.model_validate({**OTHERS, "users": value}, context=given_lists(words)).users


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("users=[1e5,1_000, 1.10 ,true,null,7]", ["1e5", "1_000", "1.10", "true", "null", "7"]),
        ("users=['1e5',\"1_000\",7]", ["1e5", "1_000", "7"]),
        ("++users=[a b,c]", ["a b", "c"]),
        ("users= [1_000,b]", ["1_000", "b"]),
        ("users=['a,b',c]", ["a,b", "c"]),
    ],
)
def test_names_are_what_was_typed(word: str, names: list[str]) -> None:
    assert read(word) == names


def test_the_last_of_repeated_options_counts() -> None:
    assert read("users=[1e5]", "users=[2e5]") == ["2e5"]


@pytest.mark.parametrize("word", ["users=['a',1e5]", "users=['a',1_000]", "users=['a',true]"])
def test_what_cannot_be_told_is_refused(word: str) -> None:
    with pytest.raises(ValidationError, match=r"was no text: put every name in quotes, as .users=.'1e5','a'.. does"):
        read(word)


@pytest.mark.parametrize("names", [[1.1], [True]])
def test_numbers_and_truth_values_in_files_are_refused_where_their_text_is_lost(names: list[Any]) -> None:
    with pytest.raises(ValidationError, match="put every name in quotes"):
        SimilarOptions.model_validate({**OTHERS, "users": names}, context={})
    assert SimilarOptions.model_validate({**OTHERS, "users": [12, "a"]}, context={}).users == ["12", "a"]
