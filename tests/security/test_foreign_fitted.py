"""Run folders whose file of a fitted backbone comes from a stranger."""

from pathlib import Path

import pytest

import tiny
from attempts import copied
from foreign_fitted import FITTED, SPARSE
from rlmrec import load
from rlmrec.cli import evaluate, train
from turns import by_turns
from watch import Watch, tried

BACKBONES = ("ease", "rp3beta", "ials")
"""With a dense matrix, a sparse one, and two of embeddings."""


@pytest.fixture(scope="module")
def fitted_runs(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs as their owner left them, by backbone; nobody changes them."""
    runs = {name: tmp_path_factory.mktemp("fitted") / name for name in BACKBONES}
    for name, run in runs.items():
        words = [f"dataset.root={tiny_folder}", f"hydra.run.dir={run}", f"backbone={name}", "trainer=cpu"]
        assert tiny.command(train, "dataset=folder", *words) == 0
    return runs


def refused(run: Path, watch: Watch) -> None:
    """Both commands that read the file say in one line that it is of no use, and do nothing else."""
    for command in (lambda: tiny.command(evaluate, f"run={run}", "trainer=cpu"), lambda: load(run).model and None):
        outcome = tried(command)
        watch.check(outcome.output)
        assert outcome.code == 1
        assert "Traceback" not in outcome.output
        (line,) = [line for line in outcome.output.splitlines() if line.startswith("error: ")]
        assert "fitted.npz is " in line or "the checkpoint was trained on" in line
        assert len(line) < 1200


@pytest.mark.parametrize(("name", "backbone"), by_turns(FITTED, BACKBONES))
def test_refused(name: str, backbone: str, fitted_runs: dict[str, Path], tmp_path: Path, watch: Watch) -> None:
    run = copied(fitted_runs[backbone], tmp_path / "run")
    FITTED[name](run / "fitted.npz", watch)
    refused(run, watch)


@pytest.mark.parametrize("name", SPARSE)
def test_sparse_matrices_that_point_elsewhere_are_refused(
    name: str, fitted_runs: dict[str, Path], tmp_path: Path, watch: Watch
) -> None:
    run = copied(fitted_runs["rp3beta"], tmp_path / "run")
    SPARSE[name](run / "fitted.npz", watch)
    refused(run, watch)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_file_of_the_owner_is_read(backbone: str, fitted_runs: dict[str, Path], tmp_path: Path) -> None:
    run = copied(fitted_runs[backbone], tmp_path / "run")
    assert tiny.command(evaluate, f"run={run}", "trainer=cpu") == 0
