"""Sweeps under every launcher: the same numbers, the same list of failures."""

from pathlib import Path

import pytest

import train
from test_train import metrics
from tiny import command, train_arguments

RUNS = ("0_folder-lightgcn-none-seed1", "1_folder-lightgcn-none-seed2")


def sweep(launcher: str, seeds: str, root: Path, folder: Path) -> int:
    """As many jobs that fail as jobs that do not."""
    words = ["-m", f"hydra/launcher={launcher}", f"hydra.sweep.dir={folder}", "align=none", "backbone.num_layers=1,-1"]
    return command(train, *words, f"seed={seeds}", *train_arguments(root, folder / "unused"))


@pytest.fixture(scope="module")
def basic(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("basic")
    assert sweep("basic", "1,2", tiny_folder, folder) == 1
    return folder


@pytest.mark.parametrize(("launcher", "seeds"), [("parallel", "1,2"), ("local", "1")])  # a process for each job is slow
def test_numbers_and_failures_are_those_of_one_job_after_the_other(
    launcher: str, seeds: str, basic: Path, tiny_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sweep(launcher, seeds, tiny_folder, tmp_path) == 1
    printed = capfd.readouterr().err
    jobs = seeds.count(",") + 1
    summary = printed[printed.index(f"error: {jobs} job(s) failed:") :]
    assert summary.count("backbone.num_layers=-1: input should be greater than or equal to 0") == jobs
    assert "Traceback" not in printed
    for run in RUNS[:jobs]:
        assert metrics(tmp_path / run) == metrics(basic / run)
    assert not list(tmp_path.glob(".failed_jobs*"))
