"""Interrupted runs."""

import signal
import subprocess
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from processes import PATIENCE, start, wait_until
from rlmrec.cli import train
from rlmrec.training.checkpoints import read_checkpoint
from run_files import history, metrics, same_weights
from tiny import command, train_arguments

LONGER = ("trainer.max_epochs=24", "backbone=autocf", "backbone.num_seeds=5", "align=generative")


def interrupt(number: signal.Signals, run: Path, rows: int, *words: str) -> str:
    """Train in a process of its own, to which a signal is sent once so many epochs are on record; what it says."""
    process = start("train", *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: (run / "metrics.csv").exists() and len(history(run)) >= rows, process)
        process.send_signal(number)
        told = process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == (-number if number == signal.SIGKILL else 130), told
    return told


@pytest.fixture(scope="module")
def whole(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody interrupts."""
    run = tmp_path_factory.mktemp("whole") / "run"
    assert command(train, *train_arguments(tiny_folder, run, *LONGER)) == 0
    return run


def test_a_run_interrupted_by_both_signals_ends_with_the_same_numbers(
    whole: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    first, again = train_arguments(tiny_folder, parts, *LONGER), [f"resume={parts}"]
    reached = 0
    for number, words in ((signal.SIGINT, first), (signal.SIGTERM, again)):
        told = interrupt(number, parts, reached + 4, *words)  # the second validation is after the fourth epoch
        assert f"resume={parts}" in told
        assert not (parts / "metrics.json").exists()
        assert (parts / "checkpoints" / "last.ckpt").is_file()
        assert reached < len(history(parts)) < 24
        reached = len(history(parts))
    assert command(train, *again) == 0
    assert metrics(parts) == metrics(whole)
    assert same_weights(parts, whole)
    assert history(parts).equals(history(whole))
    assert sorted(path.name for path in parts.glob("environment*.json")) == [
        "environment-1.json",
        "environment-2.json",
        "environment.json",
    ]


def test_a_killed_run_goes_on_from_its_last_checkpoint_and_has_every_epoch_on_record_once(
    whole: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    words = [*train_arguments(tiny_folder, killed, *LONGER), "trainer.checkpoint_every_seconds=1000"]
    interrupt(signal.SIGKILL, killed, 6, *words, "logger=tensorboard")
    assert read_checkpoint(killed / "checkpoints" / "last.ckpt")["epoch"] == 0
    assert command(train, f"resume={killed}") == 0
    assert metrics(killed) == metrics(whole)
    assert same_weights(killed, whole)
    assert history(killed).equals(history(whole))
    events = EventAccumulator(str(killed / "tensorboard"))
    events.Reload()
    recalls = history(killed).drop_nulls("val/recall@20")["val/recall@20"].to_list()
    for name, values in (("val/recall@20", recalls), ("train/loss", history(killed)["train/loss"])):
        found = sorted(events.Scalars(name), key=lambda event: event.step)  # files of the same second are in any order
        assert [event.value for event in found] == pytest.approx(values)


def test_a_run_killed_before_its_test_is_not_trained_on(tiny_folder: Path, tmp_path: Path) -> None:
    arguments = train_arguments(tiny_folder, tmp_path / "run", "evaluation.patience=1", "trainer.max_epochs=200")
    assert command(train, *arguments) == 0
    before, rows = metrics(tmp_path / "run"), history(tmp_path / "run")
    assert len(rows) < 200
    (tmp_path / "run" / "metrics.json").unlink()
    assert command(train, f"resume={tmp_path / 'run'}") == 0
    assert metrics(tmp_path / "run") == before
    assert history(tmp_path / "run").equals(rows)


def test_a_finished_run_is_not_resumed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, f"resume={run}") == 1
    assert "finished" in capsys.readouterr().err


def test_resume_takes_no_other_options(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, f"resume={run}", "optimizer.lr=1") == 1
    assert "leave out optimizer.lr=1" in capsys.readouterr().err


def test_resume_wants_a_run_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, f"resume={tmp_path / 'nowhere'}") == 2
    assert "is not a run folder" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
