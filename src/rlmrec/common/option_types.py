"""Annotated types with valid ranges for parameters of configurable constructors, and messages for wrong values."""

from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic_core import ErrorDetails

Rate = Annotated[float, Gt(0), Le(1)]
"""A share in ``(0, 1]``."""

Ratio = Annotated[float, Ge(0), Lt(1)]
"""A share in ``[0, 1)``."""

Share = Annotated[float, Ge(0), Le(1)]
"""A share in ``[0, 1]``."""

Layers = Annotated[int, Ge(0), Le(1000)]
"""A number of layers; the upper limit bounds the computing time."""

SomeLayers = Annotated[int, Ge(1), Le(1000)]
"""A number of layers, at least one."""

Seed = Annotated[int, Ge(0), Lt(2**32)]
"""A random seed in the range that all libraries accept."""

RankingLength = Annotated[int, Ge(1), Le(10_000)]
"""A number of items ranked for each user, all of which are kept."""

Mask = Literal["train", "train+val"]
"""Items excluded from test rankings: those of the training split, or also those of the validation split."""

FilterSeen = bool | Literal["train", "train+val", "all"]
"""Interactions excluded from recommended lists: those that the run's test excludes (True), splits, or none (False)."""

OnUnknown = Literal["raise", "skip", "popular"]
"""How to treat users who are not in the dataset."""

ColdFromText = bool | Literal["auto"]
"""Whether to represent users and items without training interactions by their profiles; auto: where possible."""

ItemPool = Literal["all", "cold"]
"""Items to rank: all, or those without training interactions."""

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
        >>> from pydantic import TypeAdapter, ValidationError
        >>> try:
        ...     TypeAdapter(ColdFromText).validate_python("maybe", strict=True)
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
