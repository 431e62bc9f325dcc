"""Sweeps under other launchers: the same numbers, the same list of failures."""

from pathlib import Path

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from rlmrec.cli import train
from rlmrec.search.storage import STUDY, storage
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


def trials(folder: Path) -> list[FrozenTrial]:
    return optuna.load_study(study_name=STUDY, storage=storage(folder)).trials


def search(root: Path, folder: Path, *more: str) -> int:
    """A search of four trials, of which those with a number of neighbours below zero fail."""
    space = ["backbone=item_knn", "backbone.num_neighbours=choice(20,3,-1)", "hydra.sweeper.n_trials=4"]
    data = ["dataset=folder", f"dataset.root={root}", "trainer=cpu", "evaluation.monitor=val/ndcg@20"]
    return command(train, "hparams=optuna", *space, *data, f"hydra.sweep.dir={folder}", *more)


def test_trials_side_by_side_are_those_of_one_after_the_other(
    tiny_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert search(tiny_folder, tmp_path / "one") == 1
    expected = trials(tmp_path / "one")
    table = capfd.readouterr().out.split(f"{tmp_path / 'one'}\n")[-1].partition("best preset")[0]
    two = ("hydra/launcher=parallel", "hydra.sweeper.n_jobs=2")
    assert search(tiny_folder, tmp_path / "two", *two) == 1
    told = capfd.readouterr()
    found = trials(tmp_path / "two")
    assert [(trial.params, trial.state, trial.value) for trial in found] == [
        (trial.params, trial.state, trial.value) for trial in expected
    ]
    assert {trial.state for trial in found} == {TrialState.FAIL, TrialState.COMPLETE}
    assert len({trial.value for trial in found if trial.value is not None}) > 1, "they can be told apart"
    for trial in found:
        failed = trial.params["backbone.num_neighbours"] < 0
        assert failed == (trial.state == TrialState.FAIL)
        assert failed or metrics(tmp_path / "two" / f"trial-{trial.number}")["val/ndcg@20"] == trial.value
    assert told.out.split(f"{tmp_path / 'two'}\n")[-1].partition("best preset")[0] == table
    assert f"error: {sum(trial.state == TrialState.FAIL for trial in found)} jobs failed:" in told.err
