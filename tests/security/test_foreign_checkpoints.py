"""Run folders whose checkpoints come from a stranger, tried in a process of their own, which they could end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attempts import copied
from foreign_checkpoints import CHECKPOINTS, STATES, in_place
from places import SOURCE, TESTS
from watch import SECRET, VARIABLE, Outcome, Watch

SECONDS = 300


@pytest.fixture(scope="module")
def outcomes(
    finished_run: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Outcome]:
    """How each command ended, by the name of what was changed."""
    place = tmp_path_factory.mktemp("checkpoints")
    watch = Watch(place / "home")
    watch.begin()
    for number, (name, make) in enumerate((CHECKPOINTS | STATES).items()):
        run = copied(finished_run, place / "runs" / name)
        in_place(make)(run, watch)
        results = json.loads((run / "metrics.json").read_text())  # settings of their own, so that each is looked at
        (run / "metrics.json").write_text(json.dumps(results | {"backbone": f"backbone-{number}"}))
    environment = os.environ | {VARIABLE: SECRET, "HOME": str(watch.home)}
    environment["PYTHONPATH"] = os.pathsep.join([str(SOURCE), str(TESTS / "helpers")])
    words = [sys.executable, str(TESTS / "helpers" / "attempts.py"), str(tiny_folder), str(place / "runs")]
    done = subprocess.run(words, env=environment, cwd=place, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    watch.check(done.stdout)
    watch.close()
    lines = map(json.loads, done.stdout.splitlines())
    return {(name, command): Outcome(code, output) for name, command, code, output in lines}


@pytest.mark.parametrize("command", ["load", "evaluate", "initialise_from", "resume"])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_refused(name: str, command: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes[name, command]
    assert outcome.code == 1, outcome.output
    (line,) = [line for line in outcome.output.splitlines() if line.startswith("error: ")]
    assert ".ckpt" in line or "initialise_from" in line or "was trained on" in line
    assert "Traceback" not in outcome.output


@pytest.mark.parametrize("name", STATES)
def test_states_of_the_training_are_for_resuming_only(name: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes[name, "resume"]
    assert outcome.code == 1
    assert "last.ckpt" in outcome.output and "Traceback" not in outcome.output


def test_a_report_says_which_runs_cannot_be_rebuilt(outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes["runs", "report"]
    assert outcome.code == 0, outcome.output
    page = Path(outcome.output.strip().rpartition("report: ")[2], "report.html").read_text()
    assert all(f"runs/{name} cannot be rebuilt: " in page for name in CHECKPOINTS)
