"""JSON from untrusted sources, in bounded time and memory."""

import json
from pathlib import Path
from typing import Any

from rlmrec.common.bounded.values import refuse_unusual
from rlmrec.common.errors import UserError, one_line

LARGEST, DEEPEST = 2**22, 30
"""Bytes and nesting of the largest file: results and manifests have some kilobytes and five levels."""


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        UserError: if the file is missing, large, deeply nested or no JSON object.
    """
    try:
        content = json.loads(small_content(path))
        if not isinstance(content, dict):
            raise ValueError("it holds no object")
        refuse_unusual(content, DEEPEST)
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: {one_line(error)}") from None
    return content


def small_content(path: Path, largest: int = LARGEST) -> bytes:
    """Return the content of a file of no more than so many bytes.

    Raises:
        ValueError: if it is larger.
        OSError: if it cannot be read.
    """
    if not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > largest:
        raise ValueError(f"it has more than {largest:,} bytes")
    return path.read_bytes()
