"""Leaderboards: every row is searched with the same budget, then trained under all seeds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rlmrec.cli import train
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.search.leaderboard import RowProgress, hours_of, note, read
from run_files import metrics
from tiny import command

TEXTS = ("tiny-lightgcn-contrastive", "tiny-lightgcn-contrastive-shuffled")


def board(root: Path, *more: str) -> int:
    few = ["hydra.sweeper.n_trials=2", "trainer.max_epochs=2", "datamodule.batch_size=128", "trainer=cpu"]
    return command(train, "experiment=leaderboard", "dataset=folder", f"dataset.root={root}", *few, *more)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The folders of the leaderboard's runs and of its searches, below the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "outputs" / "studies" / "leaderboard", tmp_path / "outputs" / "search"


def options_of(run: Path) -> dict[str, Any]:
    return yaml.safe_load((run / "config.yaml").read_text())


def row_of(options: dict[str, Any]) -> tuple[str, ...]:
    return options["names"]["backbone"], options["names"]["align"], options["text_ablation"]


def test_a_row_is_searched_and_then_trained_with_the_best_options_under_its_seeds(
    tiny_folder: Path, places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    study, search = places
    words = ["backbone=rp3beta_text", "align=none", "seed=3"]
    assert board(tiny_folder, *words) == 0
    rows = ("tiny-rp3beta_text-none", "tiny-rp3beta_text-none-shuffled")
    assert {name: (found.trials, found.seeds, found.state) for name, found in read(study).items()} == dict.fromkeys(
        rows, (2, 1, "finished")
    )
    own = {(o := options_of(path.parent))["text_ablation"]: o for path in study.glob("*/metrics.json")}
    for row, text in zip(rows, ("none", "shuffled"), strict=True):
        tried = [search / f"leaderboard-{row}" / f"trial-{number}" for number in range(2)]
        assert {options_of(run)["text_ablation"] for run in tried} == {text}
        best = options_of(max(tried, key=lambda run: metrics(run)["val/recall@20"]))
        assert own[text]["seed"] == 3 and own[text]["evaluation"]["patience"] == 20
        for part in ("backbone", "align", "optimizer"):
            assert own[text][part] == best[part]
    before = {path: path.stat().st_mtime_ns for path in study.glob("*/metrics.json")}
    assert len(before) == 2
    capsys.readouterr()
    assert board(tiny_folder, *words) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing was trained again"
    assert rows[1] in capsys.readouterr().out


@pytest.mark.full
def test_every_row_has_its_trials_and_seeds_and_twins_are_shuffled(
    tiny_folder: Path, places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    study, search = places
    words = ["backbone=pop,lightgcn", "align=none,contrastive", "seed=3"]
    assert board(tiny_folder, *words) == 0
    known = read(study)
    trained = {"tiny-pop-none": 0, "tiny-lightgcn-none": 2} | dict.fromkeys(TEXTS, 2)
    assert {name: found.trials for name, found in known.items()} == trained
    assert {(found.state, found.seeds) for found in known.values()} == {("finished", 1)}
    runs = [path.parent for path in study.glob("*/metrics.json")]
    assert len(runs) == len(trained)
    for run in runs:
        config = yaml.safe_load((run / "config.yaml").read_text())
        assert config["evaluation"]["patience"] == 20 and config["seed"] == 3
    for row in ("tiny-lightgcn-none", TEXTS[1]):
        place = search / f"leaderboard-{row}"
        options = [yaml.safe_load((place / f"trial-{n}" / "config.yaml").read_text()) for n in range(2)]
        assert all(o["backbone"]["embedding_dim"] in (32, 64, 128, 256) for o in options)
        assert {o["text_ablation"] for o in options} == {"shuffled" if "shuffled" in row else "none"}
        values = [metrics(place / f"trial-{n}")["val/recall@20"] for n in range(2)]
        best = options[values.index(max(values))]
        own = [yaml.safe_load((run / "config.yaml").read_text()) for run in runs]
        same = [o for o in own if row_of(o) == row_of(best)]
        assert {o["backbone"]["embedding_dim"] for o in same} == {best["backbone"]["embedding_dim"]}
    before = {run: (run / "metrics.json").stat().st_mtime_ns for run in runs}
    capsys.readouterr()
    assert board(tiny_folder, *words) == 0
    assert {run: (run / "metrics.json").stat().st_mtime_ns for run in runs} == before, "nothing was trained again"
    assert TEXTS[1] in capsys.readouterr().out


def test_a_row_stops_at_its_cap_and_one_that_fails_is_listed(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    capped = ["align=none", "text_ablation=none", "seed=1", "hydra.sweeper.max_hours=1e-9", "study=mine"]
    assert board(tiny_folder, "backbone=mf", *capped) == 0
    study = tmp_path / "outputs" / "studies" / "mine"
    assert (tmp_path / "outputs" / "search" / "mine-tiny-mf-none").is_dir()
    found = read(study)["tiny-mf-none"]
    assert (found.trials, found.seeds) == (1, 0) and found.state.startswith("capped at 1e-09 hours")
    assert board(tiny_folder, "backbone=mf,pop", *capped, "backbone.embedding_dim=8") == 1
    found = read(study)
    assert found["tiny-pop-none"].state.startswith("failed: ") and found["tiny-pop-none"].seeds == 0


def test_a_capped_search_leaves_hours_for_seeds(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rlmrec.search.leaderboard.hours_of", lambda runs: 0.1 * len(runs))
    words = ["backbone=item_knn", "align=none", "text_ablation=none", "seed=1,2"]
    assert board(tiny_folder, *words, "hydra.sweeper.n_trials=4", "hydra.sweeper.max_hours=0.45") == 0
    found = read(tmp_path / "outputs" / "studies" / "leaderboard")["tiny-item_knn-none"]
    assert (found.trials, found.seeds) == (3, 2)


@pytest.mark.parametrize(("seconds", "hours"), [(1800.0, 0.5), (None, 2.0)])
def test_hours_are_those_of_a_processor_or_of_the_gpu_that_trained(
    seconds: float | None, hours: float, tmp_path: Path
) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps({"fit_seconds": 7200.0, "cpu_seconds": seconds}))
    assert hours_of([tmp_path, tmp_path / "unfinished"]) == hours


def test_rows_are_kept_beside_each_other(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        note(tmp_path, name, RowProgress("finished", 1, 2, 0.5))
    assert sorted(read(tmp_path)) == ["a", "b"]


def test_nothing_that_can_be_trained_is_refused(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert board(tiny_folder, "backbone=pop", "align=contrastive") == 1
    assert "none of the rows that were asked for can be trained" in capsys.readouterr().err


def test_what_a_row_reached_is_kept_where_a_seed_fails(
    tiny_folder: Path, places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["backbone=item_knn", "align=none", "text_ablation=none"]
    assert board(tiny_folder, *words, f"seed=1,{2**70},3") == 1
    found = read(places[0])["tiny-item_knn-none"]
    assert (found.trials, found.seeds) == (2, 2) and found.state.startswith("failed: ")
    assert "1 of 1 rows failed: item_knn-none" in capsys.readouterr().err


def test_a_row_goes_on_after_trials_that_fail(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    row = Path(CONFIG_FOLDER, "backbone", "item_knn.yaml").read_text()
    space = "backbone.num_neighbours: choice(20,-1)"
    for place, content in (("backbone", row), ("hparams/space/backbone", space)):
        folder = tmp_path / "conf" / place
        folder.mkdir(parents=True)
        (folder / "mine.yaml").write_text(content)
    words = ["backbone=mine", "align=none", "text_ablation=none", "seed=1", f"--config-dir={tmp_path / 'conf'}"]
    assert board(tiny_folder, *words, "hydra.sweeper.n_trials=3") == 0
    found = read(tmp_path / "outputs" / "studies" / "leaderboard")["tiny-mine-none"]
    assert found.seeds == 1 and re.fullmatch(r"finished, (1 trial|2 trials) failed", found.state)


def test_folders_with_commas_and_widths_of_ones_own(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a,b (1)"
    place.mkdir()
    monkeypatch.chdir(place)
    words = ["backbone=lightgcn", "align=none", "text_ablation=none", "seed=1", "hydra.sweeper.widths='choice(8)'"]
    assert board(tiny_folder, *words, "trainer.max_epochs=1") == 0
    trials = (place / "outputs" / "search" / "leaderboard-tiny-lightgcn-none").glob("trial-*/config.yaml")
    assert {yaml.safe_load(path.read_text())["backbone"]["embedding_dim"] for path in trials} == {8}


@pytest.mark.parametrize("seed", ["abc", "1.5", "-1"])
def test_seeds_are_whole_numbers(seed: str, tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert board(tiny_folder, "backbone=pop", "align=none", f"seed={seed}") == 1
    assert f"error: seed={seed}: seeds are whole numbers" in capsys.readouterr().err


@pytest.mark.parametrize("content", ['{"a": ', '{"a": {"state": "finished"}}'])
def test_a_damaged_file_of_a_leaderboard_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "leaderboard.json").write_text(content)
    with pytest.raises(UserError, match=r"leaderboard\.json is damaged: remove it"):
        read(tmp_path)
