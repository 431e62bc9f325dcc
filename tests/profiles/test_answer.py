"""Answers are found among whatever words a model puts around them."""

import json

import pytest

from rlmrec.profiles.answer import MalformedAnswerError, parse

GOOD = json.dumps({"summarization": "Likes novels.", "reasoning": "because"})


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```\nHope {{this}} helps",
        f"Based on {{title}} I say:\n```\n{GOOD}\n```",
        f"{GOOD}\n{GOOD}",
        f"<think>I think {{so}}, never closed {GOOD}",
        f"<thinking>{{so}}</thinking>{GOOD}",
        f'<think>perhaps {{"summarization": "x", "reasoning": "y"}}</think>{GOOD}',
        f'{{"summarization": "first", "reasoning": "try"}} No: {GOOD}',
        f"{GOOD} {{and}} {{so on",
        f"Here it is: {GOOD} Enjoy!",
        '{"reasoning": "b", "summarization": " Likes novels. ", "more": 1}',
        '{"summarization": "first", "reasoning": "b", "summarization": "Likes novels."}',
    ],
)
def test_the_last_whole_object_counts(text: str) -> None:
    assert parse(text).summarization == "Likes novels."


def test_both_texts_are_kept_without_spaces_around_them() -> None:
    found = parse('{"summarization": " a ", "reasoning": "b\\n", "more": 1}')
    assert found.model_dump() == {"summarization": "a", "reasoning": "b"}


def test_control_characters_are_escaped() -> None:
    answer = parse('{"summarization": "\\u001b[31mred\\u0007\\nline", "reasoning": "\\u202eb"}')
    assert answer.model_dump() == {"summarization": "\\x1b[31mred\\x07\nline", "reasoning": "\\u202eb"}


def test_texts_may_hold_line_breaks_and_tags() -> None:
    assert parse('{"summarization": "a </think> b", "reasoning": "one\ntwo"}').summarization == "a </think> b"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "^the answer was empty$"),
        (" \n", "^the answer was empty$"),
        ("nothing", "^the answer was no JSON object$"),
        ("[1]", "^the answer was no JSON object$"),
        ('"{}"', "^summarization: Field required; reasoning: Field required$"),
        ('{"summarization": "a", "reaso', "^JSON: "),
        (f"<think>{GOOD}</think> I cannot", "^the answer was no JSON object$"),
        (f"<think>{GOOD}</think> {{cut off", "^JSON: "),
        ('{"summarization": "a"}', "^reasoning: Field required$"),
        ('{"summarization": 3, "reasoning": " "}', "^summarization: .*; reasoning: "),
        ('{"summarization": " ", "reasoning": "b"}', "^summarization: "),
        ('{"summarization": ["a"], "reasoning": "b"}', "^summarization: "),
        ("{" * 5000, "^JSON: "),
        ('{"a":' * 900, "^JSON: "),
        ('{"summarization": "\\ud83d", "reasoning": "half a character"}', "^summarization: "),
    ],
)
def test_what_is_no_profile_says_why(text: str, says: str) -> None:
    with pytest.raises(MalformedAnswerError, match=says):
        parse(text)
