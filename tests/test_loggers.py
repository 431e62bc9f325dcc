"""Loggers, read back as a dashboard would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import train
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from test_train import metrics
from tiny import command, train_arguments

from rlmrec.runs.loggers.wandb_logger import has_account


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "absent"))
    monkeypatch.setenv("WANDB_SILENT", "true")


def read_back(run: Path) -> dict:
    """The summary and configuration of the one offline W&B run in a folder, read by W&B's own tool."""
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    shown = subprocess.run(
        [sys.executable, "-m", "wandb", "leet", "inspect", "--summary", "--json", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(shown.stdout)


def test_wandb_offline(no_account: None, tiny_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert command(train, *train_arguments(tiny_folder, run, "logger=wandb", "tags=[first,second]")) == 0
    content = json.dumps(read_back(run))
    assert f"{metrics(run)['test/recall@20']:.6f}"[:7] in content


def test_jobs_of_a_multirun_are_runs_of_their_own(no_account: None, tiny_folder: Path, tmp_path: Path) -> None:
    sweep = ["-m", f"hydra.sweep.dir={tmp_path}", "align=none,generative", "logger=wandb"]
    assert command(train, *sweep, *train_arguments(tiny_folder, tmp_path / "unused")) == 0
    assert len(list(tmp_path.glob("*/wandb/offline-run-*"))) == 2


def test_account_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_BASE_URL", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert not has_account()
    (tmp_path / "netrc").write_text("machine api.wandb.ai login user password made-up\n")
    assert has_account()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert not has_account()
    monkeypatch.setenv("WANDB_API_KEY", "made-up")
    assert has_account()


def test_tensorboard(tiny_folder: Path, tmp_path: Path) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", "logger=tensorboard")) == 0
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert len(events.Scalars("val/recall@20")) == 2
    assert events.Scalars("test/recall@20")[0].value == pytest.approx(metrics(tmp_path / "run")["test/recall@20"])
