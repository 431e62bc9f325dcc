"""Sweeps under other launchers: the same numbers, the same list of failures."""

from pathlib import Path

import pytest

from rlmrec.cli import train
from run_files import metrics
from tiny import command, train_arguments

RUNS = ("0_folder-lightgcn-none-seed1", "1_folder-lightgcn-none-seed2")


def sweep(launcher: str, root: Path, folder: Path, *swept: str) -> int:
    words = ["-m", f"hydra/launcher={launcher}", f"hydra.sweep.dir={folder}", "align=none", *swept]
    return command(train, *words, *train_arguments(root, folder / "unused"))


@pytest.fixture(scope="module")
def basic(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("basic")
    assert sweep("basic", tiny_folder, folder, "seed=1,2") == 0
    return folder


def test_jobs_side_by_side(basic: Path, tiny_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert sweep("parallel", tiny_folder, tmp_path, "backbone.num_layers=3,-1", "seed=1,2") == 1
    printed = capfd.readouterr().err
    summary = printed[printed.index("error: 2 jobs failed:") :]
    assert summary.count("backbone.num_layers=-1: input should be greater than or equal to 0") == 2
    assert "Traceback" not in printed
    for run in RUNS:
        assert metrics(tmp_path / run) == metrics(basic / run)
    assert not list(tmp_path.glob(".failed_jobs*"))


def test_no_jobs_at_a_time(tiny_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert sweep("parallel", tiny_folder, tmp_path, "hydra.launcher.n_jobs=0", "seed=1,2") == 2
    assert "error: hydra.launcher takes no such options: n_jobs == 0" in capfd.readouterr().err


@pytest.mark.full  # tests/cli/test_requeue.py has one by submitit, which is interrupted besides
def test_a_job_by_submitit(basic: Path, tiny_folder: Path, tmp_path: Path) -> None:
    assert sweep("local", tiny_folder, tmp_path, "seed=1") == 0
    assert metrics(tmp_path / RUNS[0]) == metrics(basic / RUNS[0])
