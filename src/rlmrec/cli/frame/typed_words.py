"""Lists of names as they were typed: Hydra makes numbers and truth values of what looks like such."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationInfo

PLAIN = re.compile(r"\[([^\[\](){}'\"\\$]*)\]")
"""A list without quotes, escapes and functions, whose elements stand between commas."""


def given_lists(overrides: Sequence[str]) -> dict[str, str]:
    """Return the lists of a command line as they were typed, by option; of repeated options the last."""
    pairs = (word.lstrip("+").partition("=") for word in overrides)
    return {name: value.strip() for name, _, value in pairs if value.lstrip().startswith("[")}


def as_typed(value: Any, info: ValidationInfo) -> Any:
    """Return a list of names with the text that was typed of each; anything else as it is.

    Args:
        value: of an option, as Hydra parsed it.
        info: whose context has the lists of the command line, as ``given_lists`` returns them.

    Raises:
        ValueError: if an element was taken for something else than a text, and what was typed cannot be told.
    """
    if not isinstance(value, list):
        return value
    typed = (info.context or {}).get(info.field_name)
    if typed is None:  # from a file
        changed = [one for one in value if isinstance(one, bool | float)]
    elif plain := PLAIN.fullmatch(typed):
        texts = [text.strip() for text in plain[1].split(",")]
        return texts if len(texts) == len(value) else value
    else:
        whole = re.findall(r"[^\s,\[\]]+", typed)
        changed = [one for one in value if isinstance(one, bool | int | float) and str(one) not in whole]
    if changed:
        example = f"\"{info.field_name}=['1e5','a']\""
        raise ValueError(f"{changed[0]} was no text: put every name in quotes, as {example} does")
    return value


def some(value: Any, info: ValidationInfo) -> Any:
    """Return a list that is not empty, or anything else, as it is.

    Raises:
        ValueError: if a list is empty.
    """
    if value == []:
        raise ValueError(f"name one at least, such as {info.field_name}=[a,b]")
    return value
