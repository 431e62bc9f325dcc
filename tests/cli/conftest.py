"""Runs to look at, trained once."""

import shutil
from pathlib import Path

import pytest

from rlmrec.cli import train
from tiny import command, train_arguments


@pytest.fixture(scope="session")
def finished(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the defaults that ended well; tests leave it as it is."""
    run = tmp_path_factory.mktemp("finished") / "run"
    assert command(train, *train_arguments(tiny_folder, run)) == 0
    return run


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account at W&B, which then says nothing of it."""
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "absent"))
    monkeypatch.setenv("WANDB_SILENT", "true")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of it to do anything with."""
    return shutil.copytree(finished, tmp_path / "run")
