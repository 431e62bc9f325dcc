"""Real datasets, which are not part of the project."""

import os
from pathlib import Path

import pytest

from places import PROJECT


def folder(name: str) -> Path:
    """A folder below ``RLMREC_TEST_DATA``, or below ``shared/data`` beside the project; skips the test if absent."""
    root = Path(os.environ.get("RLMREC_TEST_DATA", PROJECT.parent / "shared" / "data"))
    if not (root / name).is_dir():
        pytest.skip(f"{root / name} is absent: set RLMREC_TEST_DATA to the folder that holds {name}")
    return root / name
