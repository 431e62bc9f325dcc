"""Lists of names as typed on the command line, where Hydra would parse some as numbers or booleans."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationInfo

PLAIN = re.compile(r"\[([^\[\](){}'\"\\$]*)\]")
"""A list without quotes, escapes and functions, whose elements are separated by commas."""


def given_lists(overrides: Sequence[str]) -> dict[str, str]:
    """Return the lists on a command line as typed, by option; of repeated options, the last one counts."""
    pairs = (word.lstrip("+").partition("=") for word in overrides)
    return {name: value.strip() for name, _, value in pairs if value.lstrip().startswith("[")}


def as_typed(value: Any, info: ValidationInfo) -> Any:
    """Return a list of names with each element as it was typed; return anything else unchanged.

    Args:
        value: value of an option, as Hydra parsed it.
        info: validation info whose context has the lists of the command line, as returned by ``given_lists``.

    Raises:
        ValueError: if an element was not parsed as text, and its original text cannot be recovered.
    """
    if not isinstance(value, list):
        return value
    typed = (info.context or {}).get(info.field_name)
    if typed is None:  # from a configuration file
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
    """Return a value unchanged unless it is an empty list.

    Raises:
        ValueError: if it is an empty list.
    """
    if value == []:
        raise ValueError(f"name one at least, such as {info.field_name}=[a,b]")
    return value
