"""Search for hyper-parameters, as a user would do it."""

import json
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml
from optuna.trial import FrozenTrial, TrialState

from rlmrec.cli import train
from rlmrec.common.errors import Interrupted
from rlmrec.search.storage import STUDY, storage
from run_files import metrics
from tiny import FAST, command


def search(root: Path, folder: Path | None, n_trials: int, *more: str) -> int:
    """A search over the options of LightGCN with contrastive alignment; without a folder in the usual place."""
    places = [f"dataset.root={root}", *([f"hydra.sweep.dir={folder}"] if folder else [])]
    return command(
        train, "hparams=optuna", "dataset=folder", f"hydra.sweeper.n_trials={n_trials}", *places, *FAST, *more
    )


def trials(folder: Path) -> list[FrozenTrial]:
    return optuna.load_study(study_name=STUDY, storage=storage(folder)).trials


def test_a_search_and_its_best_preset(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs" / "search" / "folder-lightgcn-contrastive"
    assert search(tiny_folder, None, 2, "optimizer.lr=tag(log,interval(0.01,0.1))", "backbone.num_layers=2") == 0
    first, *others = trials(folder)
    assert len(others) == 1
    assert first.params["align.temperature"] == 0.2, "the defaults come first"
    assert first.params["optimizer.lr"] == 0.01, "or the nearest in the space"
    for trial in (first, *others):
        assert "backbone.num_layers" not in trial.params, "a value on the command line takes an option out"
        run = folder / f"trial-{trial.number}"
        assert trial.value == metrics(run)["val/recall@20"]
        assert list(trial.intermediate_values) == [0, 3]
        config = yaml.safe_load((run / "config.yaml").read_text())
        assert config["align"]["weight"] == trial.params["align.weight"]
        assert config["backbone"]["num_layers"] == 2
    best = max((first, *others), key=lambda trial: trial.value or 0)
    printed = capsys.readouterr().out
    (again,) = [line for line in printed.splitlines() if line.startswith("python src/train.py")]
    assert command(train, *shlex.split(again)[2:], f"hydra.run.dir={tmp_path / 'again'}") == 0
    assert metrics(tmp_path / "again") == metrics(folder / f"trial-{best.number}")
    preset = yaml.safe_load((folder / "preset" / "best.yaml").read_text())
    assert preset["optimizer"] == {"lr": best.params["optimizer.lr"]}


def test_a_search_begins_with_the_preset_that_was_asked_for_and_its_best_keeps_it(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("align=generative", "preset=yelp", "trainer.max_epochs=1")
    assert search(tiny_folder, tmp_path, 1, *words, "optimizer.lr=choice(0.001)") == 0
    (trial,) = trials(tmp_path)
    assert (trial.params["align.temperature"], trial.params["backbone.num_layers"]) == (0.1, 2), "of the preset"
    run = tmp_path / "trial-0"
    assert yaml.safe_load((run / "config.yaml").read_text())["align"]["mask_ratio"] == 0.05
    (again,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("python src/train.py")]
    assert "preset=best" in again and "preset=yelp" not in again
    assert command(train, *shlex.split(again)[2:], f"hydra.run.dir={tmp_path / 'again'}") == 0
    assert metrics(tmp_path / "again") == metrics(run)
    configs = [yaml.safe_load((folder / "config.yaml").read_text()) for folder in (tmp_path / "again", run)]
    for part in ("align", "backbone", "optimizer", "recommender"):
        assert configs[0][part] == configs[1][part]


def test_an_interrupted_search_goes_on_as_if_nothing_had_happened(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = "trainer.max_epochs=1"
    assert search(tiny_folder, tmp_path / "whole", 3, short) == 0

    def gone(*_: Any, **__: Any) -> None:
        raise Interrupted("gone")

    real, calls = optuna.Study.tell, []

    def interrupt(study: optuna.Study, *arguments: Any, **options: Any) -> Any:
        """End the process, so to say, between the results of the second trial and its outcome."""
        calls.append(arguments)
        if len(calls) == 2:
            raise Interrupted("gone")
        return real(study, *arguments, **options)

    broken = tmp_path / "broken"
    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "tell", interrupt)
        assert search(tiny_folder, broken, 3, short) == 130
    assert [trial.state for trial in trials(broken)] == [TrialState.COMPLETE, TrialState.RUNNING]
    with monkeypatch.context() as patch:
        patch.setattr(import_module("rlmrec.api.train"), "fit_and_test", gone)
        assert search(tiny_folder, broken, 3, short) == 130
    assert [trial.state.name for trial in trials(broken)] == ["COMPLETE", "COMPLETE", "RUNNING"]
    assert search(tiny_folder, broken, 3, short) == 0
    found = trials(broken)
    assert [trial.number for trial in found if "killed" in trial.user_attrs] == [2]
    whole = [trial for trial in found if trial.state == TrialState.COMPLETE]
    expected = trials(tmp_path / "whole")
    assert [trial.params for trial in whole] == [trial.params for trial in expected]
    assert [trial.value for trial in whole] == [trial.value for trial in expected]
    assert search(tiny_folder, broken, 3, short) == 0
    assert len(trials(broken)) == len(found), "a finished search does nothing"


def test_trials_that_fall_behind_end_early(tiny_folder: Path, tmp_path: Path) -> None:
    pruner = [
        "callbacks.pruning.pruner._target_=optuna.pruners.ThresholdPruner",
        "~callbacks.pruning.pruner.n_startup_trials",
        "+callbacks.pruning.pruner.lower=2.0",
        "callbacks.pruning.pruner.n_warmup_steps=2",
        "trainer.max_epochs=7",
    ]
    assert search(tiny_folder, tmp_path, 1, *pruner) == 0
    (trial,) = trials(tmp_path)
    assert trial.state == TrialState.PRUNED
    assert list(trial.intermediate_values) == [0, 3]
    results = json.loads((tmp_path / "trial-0" / "metrics.json").read_text())
    assert results["epochs"] == 4
    assert not (tmp_path / "preset").exists()


def test_a_failing_trial_is_told_and_the_others_go_on(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search(tiny_folder, tmp_path, 2, "backbone.num_layers=choice(-1)", "optimizer.lr=0.001") == 1
    assert [trial.state for trial in trials(tmp_path)] == [TrialState.FAIL, TrialState.FAIL]
    printed = capsys.readouterr()
    assert "2 jobs failed" in printed.err
    assert "best preset" not in printed.out
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["seed=1,2"], 1, "a search is for one seed"),
        (["backbone=sgl,lightgcn"], 1, "a search is for one backbone"),
        (["optimizer.lrr=interval(0,1)"], 2, "unknown option 'optimizer.lrr'"),
        (["optimizer.lr=tag(log,interval(0,1))"], 1, "from low to high, above 0"),
        (["optimizer.lr=choice([1],[2])"], 1, "choices are numbers"),
        (["hydra.sweeper.n_trials=x"], 1, "n_trials"),
        (["experiment=noise"], 1, "leave out one or the other"),
        (["study=mine"], 1, "leave out one or the other"),
    ],
)
def test_mistakes(
    words: list[str], code: int, message: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search(tiny_folder, tmp_path / "search", 1, *words) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed
    assert not list(tmp_path.glob("search/trial-*"))


def test_it_says_how_to_get_optuna(
    monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert search(tiny_folder, tmp_path, 1) == 1
    assert "pip install 'rlmrec-lightning[search]'" in capsys.readouterr().err


def test_a_folder_is_for_one_search(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert search(tiny_folder, tmp_path, 0) == 0
    assert search(tiny_folder, tmp_path, 1, "seed=5") == 1
    assert "choose another hydra.sweep.dir" in capsys.readouterr().err


def test_the_command_of_the_best_names_the_folder_of_own_choices(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own" / "backbone").mkdir(parents=True)
    (tmp_path / "own" / "backbone" / "mine.yaml").write_text("defaults: [mf]\n")
    data = ["dataset=folder", f"dataset.root={tiny_folder}", "backbone=mine", "align=none", "trainer.max_epochs=1"]
    searched = ["hparams=optuna", "hydra.sweeper.n_trials=1", "optimizer.lr=interval(0.001,0.01)"]
    assert command(train, "--config-dir", "own", *searched, *data) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "preset=best" in line)
    assert command(train, *shlex.split(line)[2:]) == 0
