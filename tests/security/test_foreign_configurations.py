"""Run folders whose configuration comes from a stranger: every command that reads one refuses them in one line."""

from pathlib import Path

import pytest

from attempts import RUN_COMMANDS, copied
from foreign_configs import CONFIGS
from watch import Watch, tried

HARMLESS: dict[str, set[str]] = {
    # What a command does not use it does not mind.
    "object for a number": {"report", "initialise_from"},
    "backbone that is an optimizer": {"report", "initialise_from"},
    "more memory than there is": {"report", "initialise_from"},
    "more layers than time": {"report", "initialise_from"},
    "argument that no constructor takes": {"report"},
    "object of another kind": {"report"},
    "names that are a number": {"report", "initialise_from"},
    "rankings longer than the memory": {"report", "initialise_from"},
    "logger whose name leads home": {"load", "evaluate", "report", "initialise_from"},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_refused(name: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    for command, run in RUN_COMMANDS.items():
        folder = copied(finished_run, tmp_path / "run")
        CONFIGS[name](folder, watch)
        outcome = tried(lambda run=run, folder=folder: run(folder, tiny_folder, tmp_path / "out"))
        watch.check(outcome.output)
        if command not in HARMLESS.get(name, ()):
            assert outcome.code in (1, 2), f"{command}: {outcome.output}"
            assert "Traceback" not in outcome.output, command
