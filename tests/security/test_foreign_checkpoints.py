"""Run folders whose checkpoints come from a stranger, tried in a process of their own, which they could end."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from attempts import copied
from foreign_checkpoints import CHECKPOINTS, STATES, in_place
from places import TESTS
from processes import Forked
from turns import by_turns
from watch import SECRET, VARIABLE, Outcome, Watch

SECONDS = 300
REBUILDING = ("load", "evaluate", "initialise_from", "resume")
"""Commands that read a checkpoint."""


@pytest.fixture(scope="module")
def outcomes(
    finished_run: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[tuple[str, str], Outcome]:
    """How each command that is asked for ended, by the name of what was changed."""
    place = tmp_path_factory.mktemp("checkpoints")
    watch = Watch(place / "home")
    watch.begin()
    for number, (name, make) in enumerate((CHECKPOINTS | STATES).items()):
        run = copied(finished_run, place / "runs" / name)
        in_place(make)(run, watch)
        results = json.loads((run / "metrics.json").read_text())  # settings of their own, so that each is looked at
        (run / "metrics.json").write_text(json.dumps(results | {"backbone": f"backbone-{number}"}))
    mine = [item for item in request.session.items if item.path == request.path]
    pairs = [item.callspec.params for item in mine if hasattr(item, "callspec")]
    asked = [(str(place / "runs" / each["name"]), each["command"]) for each in pairs]
    if len(mine) > len(pairs):
        asked.insert(0, (str(place / "runs"), "report"))  # before resuming removes results
    (place / "asked.json").write_text(json.dumps(asked))
    environment = os.environ | {VARIABLE: SECRET, "HOME": str(watch.home)}
    words = [str(TESTS / "helpers" / "attempts.py"), str(copied(tiny_folder, place / "data")), "asked.json"]
    with Forked(
        words, env=environment, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        told, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors[-2000:]
    watch.check(told)
    watch.close()
    return {(name, command): Outcome(*rest) for name, command, *rest in map(json.loads, told.splitlines())}


@pytest.mark.parametrize(("name", "command"), by_turns(CHECKPOINTS, REBUILDING))
def test_refused(name: str, command: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes[name, command]
    assert outcome.code == 1, outcome.output
    (line,) = [line for line in outcome.output.splitlines() if line.startswith("error: ")]
    assert ".ckpt" in line or "initialise_from" in line or "was trained on" in line
    assert "Traceback" not in outcome.output


@pytest.mark.parametrize(("name", "command"), by_turns(STATES, ["resume"]))
def test_states_of_the_training_are_for_resuming_only(
    name: str, command: str, outcomes: dict[tuple[str, str], Outcome]
) -> None:
    outcome = outcomes[name, command]
    assert outcome.code == 1
    assert "last.ckpt" in outcome.output and "Traceback" not in outcome.output


@pytest.mark.full
def test_a_report_says_which_runs_cannot_be_rebuilt(outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes["runs", "report"]
    assert outcome.code == 0, outcome.output
    page = Path(outcome.output.strip().rpartition("report: ")[2], "report.html").read_text()
    assert all(f"runs/{name} cannot be rebuilt: " in page for name in CHECKPOINTS)
