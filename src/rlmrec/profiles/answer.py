"""The schema of an answer, and how it is found among other words."""

import json
import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from rlmrec.common.errors import printable

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(printable)]
"""Some text, with escapes in place of control characters: profiles are shown in terminals."""
DECODER = json.JSONDecoder(strict=False)  # models write line breaks within texts
END_OF_THOUGHTS = re.compile("</think(ing)?>")
MOST_BRACES = 200
"""Braces at which an object is looked for."""
NAMED = 3
"""Problems of an answer that are told."""


class MalformedAnswerError(Exception):
    """An answer that does not fit the schema; the message says why, in words that a model can act on."""


class Profile(BaseModel):
    """The answer that a model is asked for: the profile itself, and the reasons for it."""

    summarization: Text
    reasoning: Text


Schema = TypeVar("Schema", bound=BaseModel)


def parse(text: str) -> Profile:
    """Read the profile in an answer; see ``read_object``."""
    return read_object(text, Profile)


def read_object(text: str, schema: type[Schema]) -> Schema:
    """Return the last JSON object of an answer that fits a schema, also from code fences, sentences and thoughts.

    Args:
        text: the answer as it came.
        schema: of the object. One in thoughts, which end with ``</think>``, is not the answer.

    Raises:
        MalformedAnswerError: if there is no such object in it, or a field is missing, empty or of another kind.
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
    """Return the JSON objects in a text, none of which is within another: beginning, end and value of each."""
    found = []
    place = text.find("{")
    for _ in range(MOST_BRACES):
        if place < 0:
            break
        end = place + 1
        try:
            value, end = DECODER.raw_decode(text, place)
            found.append((place, end, value))
        except (ValueError, RecursionError):  # a brace that begins no object
            pass
        place = text.find("{", end)
    return found


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'JSON'}: {e['msg']}" for e in error.errors()[:NAMED])
