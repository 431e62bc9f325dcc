"""Format versions of folders; a folder without a version has format 1."""

import json
from pathlib import Path

from rlmrec.common.errors import UserError

NAME = "format_version"


def read_version(content: bytes | str) -> int:
    """Return the format version in a JSON object; 1 if it has none or is invalid, which is reported elsewhere."""
    try:
        found = json.loads(content)
        version = found.get(NAME, 1)
    except (ValueError, AttributeError, RecursionError):
        return 1
    return version if isinstance(version, int) else 1


def refuse_newer(found: int, known: int, path: Path) -> None:
    """Refuse a folder that was written in a later format than this version of the project reads.

    Args:
        found: format version of the folder.
        known: latest format version that this version of the project reads.
        path: file that holds the version, for the message.

    Raises:
        UserError: if ``found`` is later than ``known``.
    """
    if found > known:
        raise UserError(
            f"{path} is of format {found}, and this version of rlmrec-lightning reads formats up to {known}: install "
            "a newer one"
        )
