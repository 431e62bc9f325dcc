"""Run folders whose configuration would stop the process, or is none: every command says so in one line."""

from pathlib import Path

import pytest

from attempts import RUN_COMMANDS, assert_refused
from foreign_configs import MISSHAPEN, STOPPING
from turns import by_turns
from watch import Watch

CONFIGS = STOPPING | MISSHAPEN
UNUSED: dict[str, set[str]] = {
    "object for a number": {"report", "initialise_from"},
    "backbone that is an optimizer": {"report", "initialise_from"},
    "more memory than there is": {"report", "initialise_from"},
    "more layers than time": {"report", "initialise_from"},
    "names that are a number": {"report", "initialise_from"},
    "groups that are missing": {"report"},
    "argument that no constructor takes": {"report"},
    "object of another kind": {"report"},
    "rankings longer than the memory": {"report", "initialise_from"},
}
"""Commands that do not use what was changed."""


def using(name: str) -> set[str]:
    """Commands that use what was changed, and so must refuse it."""
    return {*RUN_COMMANDS} - UNUSED.get(name, set())


@pytest.mark.parametrize(("name", "command"), by_turns(CONFIGS, RUN_COMMANDS, using))
def test_refused(name: str, command: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    harmless = command not in using(name)
    assert_refused(command, CONFIGS[name], finished_run, tiny_folder, tmp_path, watch, harmless)
