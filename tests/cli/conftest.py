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


def leave_account(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have no account at W&B, which then says nothing of it."""
    patch.delenv("WANDB_API_KEY", raising=False)
    patch.setenv("NETRC", str(folder / "absent"))
    patch.setenv("WANDB_SILENT", "true")


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    leave_account(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def logged_by_wandb(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the defaults with a tag, logged by W&B without an account; tests leave it as it is."""
    place = tmp_path_factory.mktemp("logged")
    with pytest.MonkeyPatch.context() as patch:
        leave_account(patch, place)
        words = train_arguments(tiny_folder, place / "run", "logger=wandb", "tags=[first]")
        assert command(train, *words) == 0
    return place / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of it to do anything with."""
    return shutil.copytree(finished, tmp_path / "run")
