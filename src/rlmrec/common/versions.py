"""Versions of the formats in which folders are written; a folder that names none is of the first."""

import json
from pathlib import Path

from rlmrec.common.errors import UserError

NAME = "format_version"


def read_version(content: bytes | str) -> int:
    """Return the version that a JSON object names; 1 if it names none, or is none, which others will say."""
    try:
        found = json.loads(content)
        version = found.get(NAME, 1)
    except (ValueError, AttributeError, RecursionError):
        return 1
    return version if isinstance(version, int) else 1


def refuse_newer(found: int, known: int, path: Path) -> None:
    """Refuse a folder that a later version of the project wrote.

    Args:
        found: version of its format.
        known: the latest that this version of the project reads.
        path: what names the version.

    Raises:
        UserError: if it is later than the known one.
    """
    if found > known:
        raise UserError(
            f"{path} is of format {found}, and this version of rlmrec-lightning reads formats up to {known}: install "
            "a newer one"
        )
