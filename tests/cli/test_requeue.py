"""Jobs that a cluster interrupts: requeued by submitit, resumed by themselves; rehearsed on this machine."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from processes import PATIENCE, start, wait_until
from rlmrec.cli import train
from run_files import history, metrics, same_weights
from tiny import command, train_arguments

LONGER = ("align=none", "trainer.max_epochs=60", "evaluation.patience=60", "seed=1")
NAME = "0_folder-lightgcn-none-seed1"


def launched(tiny_folder: Path, sweep: Path, *more: str) -> list[str]:
    words = ["-m", "hydra/launcher=local", f"hydra.sweep.dir={sweep}"]
    return [*words, *train_arguments(tiny_folder, sweep / "unused", *LONGER, *more)]


def children(parent: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def test_a_preempted_job_goes_on_by_itself(tiny_folder: Path, tmp_path: Path) -> None:
    whole, sweep = tmp_path / "whole", tmp_path / "sweep"
    run = sweep / NAME
    process = start("train", *launched(tiny_folder, sweep), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: (run / "metrics.csv").exists() and len(history(run)) >= 4, process)
        (controller,) = (int(path.name) for path in (sweep / ".submitit").iterdir() if path.name.isdecimal())
        (job,) = children(controller)
        os.kill(job, signal.SIGUSR2)  # as Slurm does before it takes the machine away, or the time is over
        told = process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, told
    assert len(list(run.glob("environment*.json"))) == 2, "it was started twice"
    assert command(train, *train_arguments(tiny_folder, whole, *LONGER)) == 0
    assert metrics(run) == metrics(whole)
    assert history(run).equals(history(whole))
    assert same_weights(run, whole)


def test_a_job_started_again_after_its_end_changes_nothing(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = tmp_path / "sweep"
    words = ["-m", f"hydra.sweep.dir={sweep}", *train_arguments(tiny_folder, sweep / "unused", "align=none", "seed=1")]
    assert command(train, *words) == 0
    before = (sweep / NAME / "metrics.json").read_bytes()
    assert command(train, *words) == 1, "an ordinary sweep overwrites nothing"
    assert "already holds a run" in capsys.readouterr().err
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")
    assert command(train, *words) == 0
    assert "finished before" in capsys.readouterr().out
    assert (sweep / NAME / "metrics.json").read_bytes() == before


@pytest.mark.full
def test_a_job_whose_time_is_over_goes_on_by_itself(tiny_folder: Path, tmp_path: Path) -> None:
    """A minute at most for a start, of which submitit takes the second half for checkpoints."""
    sweep = tmp_path / "sweep"
    words = launched(tiny_folder, sweep, "hydra.launcher.timeout_min=1", "trainer.max_epochs=3000")
    process = start("train", *words, "evaluation.patience=3000", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: len(list((sweep / NAME).glob("environment*.json"))) >= 2, process)
        rows = len(history(sweep / NAME))
        wait_until(lambda: len(history(sweep / NAME)) > rows, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
