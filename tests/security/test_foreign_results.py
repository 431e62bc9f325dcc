"""Run folders whose results and tables come from a stranger."""

import gzip
from pathlib import Path

import pytest

from attempts import RUN_COMMANDS, copied
from foreign_results import BENIGN, RESULTS, STRANGERS, TABLES
from turns import by_turns
from watch import Watch, tried

SHOWING = ("load", "evaluate", "report")
"""Commands that show results."""


@pytest.mark.parametrize(("name", "command"), by_turns(RESULTS, SHOWING))
def test_results_are_refused(
    name: str, command: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch
) -> None:
    run = copied(finished_run, tmp_path / "run")
    RESULTS[name](run, watch)
    outcome = tried(lambda: RUN_COMMANDS[command](run, tiny_folder, tmp_path / "out"))
    watch.check(outcome.output)
    assert outcome.code == 1
    (line,) = [line for line in outcome.output.splitlines() if line.startswith("error: ")]
    assert "metrics.json is damaged: " in line


@pytest.mark.parametrize("name", TABLES | STRANGERS)
def test_tables_are_left_out_of_a_report(
    name: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch
) -> None:
    run = copied(finished_run, tmp_path / "run")
    (TABLES | STRANGERS)[name](run, watch)
    outcome = tried(lambda: RUN_COMMANDS["report"](run, tiny_folder, tmp_path / "out"))
    watch.check(outcome.output)
    assert outcome.code == 0
    page = (tmp_path / "out" / "report.html").read_text()
    reason = "unreadable, left out: " if name in TABLES else "is of other "
    assert reason in page


@pytest.mark.parametrize("name", BENIGN)
def test_what_is_merely_strange_is_shown_as_it_is(
    name: str, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch
) -> None:
    run = copied(finished_run, tmp_path / "run")
    BENIGN[name](run, watch)
    for command in SHOWING:
        outcome = tried(lambda command=command: RUN_COMMANDS[command](run, tiny_folder, tmp_path / f"out {command}"))
        assert outcome.code == 0, outcome.output
        watch.check(outcome.output)
    out = tmp_path / "out report"
    assert "<script>alert(1)" not in (out / "report.html").read_text()
    assert "\\input" not in (out / "results.tex").read_text()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.csv", b"a,b\n1,2\n"),
        ("metrics.csv", b"epoch,step\n0,1,2,3\n"),
        ("metrics.csv", b"\xff\xff"),
        ("metrics.csv", b"epoch\n" + b"1" * 200_000),
        ("recommendations.parquet", gzip.compress(b"x", mtime=0)),
    ],
)
def test_tables_of_a_run_that_goes_on(
    name: str, content: bytes, finished_run: Path, tiny_folder: Path, tmp_path: Path, watch: Watch
) -> None:
    run = copied(finished_run, tmp_path / "run")
    (run / name).write_bytes(content)
    outcome = tried(lambda: RUN_COMMANDS["resume"](run, tiny_folder, tmp_path / "out"))
    watch.check(outcome.output)
    assert "Traceback" not in outcome.output
    assert outcome.code == (1 if name == "metrics.csv" else 0)  # lists are written anew
    assert ("metrics.csv is damaged" in outcome.output) == (name == "metrics.csv")
