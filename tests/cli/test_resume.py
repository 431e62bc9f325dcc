"""Interrupted runs."""

import os
import signal
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from rlmrec.cli import train
from run_files import metrics, same_weights
from tiny import command, train_arguments

LONGER = ("trainer.max_epochs=12", "backbone=autocf", "backbone.num_seeds=5", "align=generative")


def interrupt_after(history: Path, number: int) -> threading.Thread:
    """Send this process a signal once the second validation is on record."""

    def wait_and_send() -> None:
        while not history.exists() or len(history.read_text().splitlines()) < 4:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait_and_send, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_the_same_numbers(
    number: int, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert command(train, *train_arguments(tiny_folder, whole, *LONGER)) == 0
    interrupt_after(parts / "metrics.csv", number)
    assert command(train, *train_arguments(tiny_folder, parts, *LONGER)) == 130
    assert f"resume={parts}" in capsys.readouterr().err
    assert not (parts / "metrics.json").exists()
    assert (parts / "checkpoints" / "last.ckpt").is_file()
    assert command(train, f"resume={parts}") == 0
    assert metrics(parts) == metrics(whole)
    assert same_weights(parts, whole)
    assert pl.read_csv(parts / "metrics.csv").equals(pl.read_csv(whole / "metrics.csv"))
    assert (parts / "environment-1.json").is_file()


def test_a_run_killed_before_its_test_is_not_trained_on(tiny_folder: Path, tmp_path: Path) -> None:
    arguments = train_arguments(tiny_folder, tmp_path / "run", "evaluation.patience=1", "trainer.max_epochs=200")
    assert command(train, *arguments) == 0
    before = metrics(tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    assert command(train, f"resume={tmp_path / 'run'}") == 0
    assert metrics(tmp_path / "run") == before


def test_a_finished_run_is_not_resumed(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    assert command(train, f"resume={tmp_path / 'run'}") == 1
    assert "finished" in capsys.readouterr().err


def test_resume_takes_no_other_options(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    assert command(train, f"resume={tmp_path / 'run'}", "optimizer.lr=1") == 1
    assert "leave out optimizer.lr=1" in capsys.readouterr().err


def test_resume_wants_a_run_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, f"resume={tmp_path / 'nowhere'}") == 2
    assert "is no run folder" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
