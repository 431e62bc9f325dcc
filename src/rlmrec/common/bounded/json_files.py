"""Reading JSON from untrusted sources in bounded time and memory."""

import json
from pathlib import Path
from typing import Any

from rlmrec.common.bounded.small_files import small_content
from rlmrec.common.bounded.values import refuse_unusual
from rlmrec.common.errors import UserError, one_line

MAX_DEPTH = 30
"""Maximum nesting depth of a file; results and manifests have five levels."""


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        UserError: if the file is missing, too large, too deeply nested or not a JSON object.
    """
    try:
        content = json.loads(small_content(path))
        if not isinstance(content, dict):
            raise ValueError("it holds no object")
        refuse_unusual(content, MAX_DEPTH)
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: {one_line(error)}") from None
    return content
