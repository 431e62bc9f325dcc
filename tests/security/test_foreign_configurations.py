"""Run folders whose configuration would execute something, or reach elsewhere: every command refuses them."""

from pathlib import Path

import pytest

from attempts import assert_refused
from foreign_configs import EXECUTING, REACHING
from watch import Watch

CONFIGS = EXECUTING | REACHING


@pytest.mark.parametrize("name", CONFIGS)
def test_refused(name: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    assert_refused(CONFIGS[name], finished_run, tiny_folder, tmp_path, watch, set())
