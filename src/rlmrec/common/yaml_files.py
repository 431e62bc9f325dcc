"""YAML from untrusted sources, in bounded time and memory."""

from pathlib import Path

import yaml

from rlmrec.common.errors import UserError, one_line

LARGEST, DEEPEST = 2**20, 30
"""Bytes of the largest file, and the deepest nesting: configurations have a few kilobytes and five levels."""


def checked_text(path: Path) -> str:
    """Return the text of a YAML file that is small, not deeply nested, and has no references of any kind.

    Raises:
        UserError: if the file is missing, not UTF-8 or not YAML, or names what it could grow by.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path} has more than {LARGEST} bytes: it is not a stored configuration")
        text = path.read_text("utf-8")
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise UserError(f"{path} is nested more than {DEEPEST} levels deep: it is not a stored configuration")
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise UserError(f"{path} has an anchor or alias, which no stored configuration has: not read")
            if isinstance(event, yaml.ScalarEvent) and "${" in event.value:
                raise UserError(f"{path} holds ${{...}}, which is resolved before a configuration is stored: not read")
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} is damaged: {one_line(error)}") from None
    return text
