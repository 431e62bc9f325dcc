"""The schema of an answer."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from rlmrec.common.errors import printable

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(printable)]
"""Some text, with escapes in place of control characters: profiles are shown in terminals."""


class MalformedAnswerError(Exception):
    """An answer that does not fit the schema; the message says why, in words that a model can act on."""


class Profile(BaseModel):
    """The answer that a model is asked for: the profile itself, and the reasons for it."""

    summarization: Text
    reasoning: Text


def parse(text: str) -> Profile:
    """Read the JSON object of an answer, also out of a code fence, sentences or thoughts around it.

    Args:
        text: the answer as it came.

    Raises:
        MalformedAnswerError: if there is no such object in it or a field is missing, empty or not text.
    """
    content = json_object(text)
    try:
        return Profile.model_validate_json(content)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'JSON'}: {e['msg']}" for e in error.errors())
        raise MalformedAnswerError("; ".join(problems)) from None


def json_object(text: str) -> str:
    """Return the part of an answer from the first to the last brace, without thoughts before it.

    Raises:
        MalformedAnswerError: if there is none.
    """
    text = text.rpartition("</think>")[2]  # some models reason before they answer
    if not text.strip():
        raise MalformedAnswerError("the answer was empty")
    start, end = text.find("{"), text.rfind("}")
    if start < 0:
        raise MalformedAnswerError("the answer was no JSON object")
    return text[start : end + 1] if end > start else text[start:]
