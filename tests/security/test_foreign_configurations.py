"""Run folders whose configuration would execute something, or reach elsewhere: every command refuses them."""

from pathlib import Path

import pytest

from attempts import RUN_COMMANDS, assert_refused
from foreign_configs import EXECUTING, REACHING
from turns import by_turns
from watch import Watch

CONFIGS = EXECUTING | REACHING
UNUSED: dict[str, set[str]] = {"logger whose name leads home": {"load", "evaluate", "report", "initialise_from"}}
"""Commands that do not use what was changed."""


def using(name: str) -> set[str]:
    """Commands that use what was changed, and so must refuse it."""
    return {*RUN_COMMANDS} - UNUSED.get(name, set())


@pytest.mark.parametrize(("name", "command"), by_turns(CONFIGS, RUN_COMMANDS, using))
def test_refused(name: str, command: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    harmless = command not in using(name)
    assert_refused(command, CONFIGS[name], finished_run, tiny_folder, tmp_path, watch, harmless)
