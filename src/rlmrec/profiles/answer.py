"""The schema of an answer, and its extraction from a model's output."""

import json
import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from rlmrec.common.errors import printable

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(printable)]
"""Non-empty text with control characters escaped, since profiles are shown in terminals."""
DECODER = json.JSONDecoder(strict=False)  # allows the line breaks that models write within strings
END_OF_THOUGHTS = re.compile("</think(ing)?>")
MOST_BRACES = 200
"""Maximum number of braces at which an object is searched for."""
NAMED = 3
"""Maximum number of problems of an answer that are reported."""


class MalformedAnswerError(Exception):
    """An error for an answer that does not fit the schema, with a message that a model can act on."""


class Profile(BaseModel):
    """The requested answer: a profile and the reasons for it."""

    summarization: Text
    reasoning: Text


Schema = TypeVar("Schema", bound=BaseModel)


def parse(text: str) -> Profile:
    """Return the profile in an answer; see ``read_object``."""
    return read_object(text, Profile)


def read_object(text: str, schema: type[Schema]) -> Schema:
    """Return the last JSON object in an answer that fits a schema, ignoring text around it and reasoning.

    Args:
        text: raw answer, possibly with code fences, prose, and reasoning that ends with ``</think>``.
        schema: schema of the object, which is not searched for in the reasoning.

    Raises:
        MalformedAnswerError: if there is no such object, or a field is missing, empty or of another type.
    """
    if not text.strip():
        raise MalformedAnswerError("the answer was empty")
    objects = _objects(text)
    ends = (match.end() for match in END_OF_THOUGHTS.finditer(text))
    begin = max((end for end in ends if not any(start < end <= stop for start, stop, _ in objects)), default=0)
    problem = ""
    for start, _, value in reversed(objects):
        if start >= begin:
            try:
                return schema.model_validate(value)
            except ValidationError as error:
                problem = problem or _problems(error)
    if problem:
        raise MalformedAnswerError(problem)
    first, last = text.find("{", begin), text.rfind("}")
    if first < 0:
        raise MalformedAnswerError("the answer was no JSON object")
    try:
        return schema.model_validate_json(text[first : last + 1] if last > first else text[first:])
    except ValidationError as error:
        raise MalformedAnswerError(_problems(error)) from None


def _objects(text: str) -> list[tuple[int, int, Any]]:
    """Return the start, end and value of the outermost JSON objects in a text."""
    found = []
    place = text.find("{")
    for _ in range(MOST_BRACES):
        if place < 0:
            break
        end = place + 1
        try:
            value, end = DECODER.raw_decode(text, place)
            found.append((place, end, value))
        except (ValueError, RecursionError):  # the brace does not begin an object
            pass
        place = text.find("{", end)
    return found


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'JSON'}: {e['msg']}" for e in error.errors()[:NAMED])
