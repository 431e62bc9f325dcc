"""Imports of files of one's own into a dataset folder, and refusals that change nothing."""

from pathlib import Path
from typing import Any

import pytest

from rlmrec.common.errors import UserError


def run(kind: type[Any], folder: Path, **options: Any) -> dict[str, Any]:
    """What an import of some kind, profiles or embeddings, says of what it did."""
    return kind(str(folder), **options).run()


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(kind: type[Any], folder: Path, **options: Any) -> str:
    """What is said of a mistake, after which nothing has changed."""
    before = contents(folder)
    with pytest.raises(UserError) as caught:
        run(kind, folder, **options)
    assert contents(folder) == before
    assert [path.name for path in folder.iterdir() if "partial" in path.name] == []
    assert "\n" not in str(caught.value)
    return str(caught.value)
