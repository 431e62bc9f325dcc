from pathlib import Path

import pytest

from rlmrec.text.encoder import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "scratch").mkdir()
    return Places(tmp_path / "cache", tmp_path / "scratch")
