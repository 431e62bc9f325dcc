"""Reading YAML from untrusted sources in bounded time and memory."""

from pathlib import Path

import yaml

from rlmrec.common.bounded.small_files import small_content
from rlmrec.common.bounded.values import refuse_text
from rlmrec.common.errors import UserError, one_line

MAX_BYTES, MAX_PARTS, MAX_DEPTH = 2**18, 10_000, 30
"""Maximum bytes, parts and nesting depth: configurations have a few kilobytes, a few hundred parts and five levels."""


def checked_text(path: Path) -> str:
    """Return the text of a small YAML file without deep nesting, references, tags or interpolations.

    Raises:
        UserError: if the file is missing, not UTF-8, not YAML, or has content that no stored configuration has.
    """
    try:
        text = small_content(path, MAX_BYTES).decode("utf-8-sig")
        _check(text)
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} is damaged, or no stored configuration: {reason(error)}") from None
    return text


def reason(error: Exception) -> str:
    """Return the reason of an error in one line, without quoting the file."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"{error.problem}{line}"
    return one_line(error)


def _check(text: str) -> None:
    """Check the events of a YAML text without constructing any objects.

    Raises:
        ValueError: if it has content that no stored configuration has; the message names it.
        yaml.YAMLError: if it is not YAML.
    """
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if number > MAX_PARTS:
            raise ValueError(f"it has more than {MAX_PARTS:,} parts")
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError("it has an anchor or alias")
        if getattr(event, "tag", None):
            raise ValueError("it has a tag, which asks for a type of its own")
        if isinstance(event, yaml.ScalarEvent):
            refuse_text(event.value)
            if "${" in event.value or event.value == "???":
                raise ValueError("it holds ${...} or ???, which are resolved before a configuration is stored")
