import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import tiny
from rlmrec.cli import train
from watch import SECRET, VARIABLE, Watch


@pytest.fixture(scope="session")
def finished_run(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as its owner left it; nobody changes it."""
    run = tmp_path_factory.mktemp("runs") / "run"
    words = ("trainer.max_epochs=1", "align=none")
    assert tiny.command(train, *tiny.train_arguments(tiny_folder, run, *words)) == 0
    return run


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    made = Watch(tmp_path_factory.mktemp("user") / "home")
    yield made
    made.close()


@pytest.fixture
def watch(_server: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Watch:
    """A home folder and a secret, as the stranger hopes to find them."""
    _server.begin()
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setenv("HOME", str(_server.home))
    monkeypatch.setenv("WANDB_MODE", "offline")
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    assert os.environ["HOME"] == str(_server.home)
    return _server
