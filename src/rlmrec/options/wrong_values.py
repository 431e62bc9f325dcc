"""Messages about values of a wrong type or out of range."""

from collections.abc import Sequence

from pydantic_core import ErrorDetails

EXPECTED = {
    **dict.fromkeys(("list_type", "tuple_type"), "be a list, such as [a,b]"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "be true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "be a number"),
    "too_short": "have {min_length} or more elements",
}
"""What a value should be or have, by pydantic's type of error, where its own message names types of JSON or Python."""


def reason_of(errors: Sequence[ErrorDetails]) -> str:
    """Return what the first wrong value should be: all alternatives of a union, in one sentence.

    Args:
        errors: errors of validation by pydantic, at least one.

    Examples:
        >>> from typing import Literal
        >>> from pydantic import TypeAdapter, ValidationError
        >>> try:
        ...     TypeAdapter(bool | Literal["auto"]).validate_python("maybe", strict=True)
        ... except ValidationError as error:
        ...     print(reason_of(error.errors()))
        input should be true or false, or 'auto'
    """
    found, *others = errors
    same = (other for other in others if other["input"] == found["input"])
    first, *further = dict.fromkeys(map(_reason, (found, *same)))
    return ", or ".join([first, *(reason.removeprefix("input should be ") for reason in further)])


def _reason(found: ErrorDetails) -> str:
    if expected := EXPECTED.get(found["type"]):
        return f"input should {expected.format(**found.get('ctx', {}))}"
    message = found["msg"].removeprefix("Value error, ").replace("String should have", "it must have")
    return message[0].lower() + message[1:]
