"""Runs of fitted backbones, from the command line to the report."""

import json
from pathlib import Path

import pytest

from choices import ALIGNMENTS, FITTED
from rlmrec import load
from rlmrec.cli import evaluate, report, train
from rlmrec.common.errors import UserError
from rlmrec.common.terminal import counted
from run_files import history, metrics
from tiny import NUM_USERS, command


@pytest.fixture(scope="module")
def runs(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two fitted runs and a trained one."""
    place = tmp_path_factory.mktemp("fitted")
    for name in ("pop", "rp3beta"):
        assert command(train, *words(tiny_folder, place / name), f"backbone={name}") == 0
    small = ("align=none", "backbone.embedding_dim=8", "trainer.max_epochs=1")
    assert command(train, *words(tiny_folder, place / "lightgcn"), *small) == 0
    return place


def words(root: Path, out: Path) -> list[str]:
    return ["dataset=folder", f"dataset.root={root}", f"hydra.run.dir={out}", "trainer=cpu"]


def test_the_folder_is_that_of_any_run_but_for_checkpoints(runs: Path) -> None:
    files = {path.name for path in (runs / "rp3beta").iterdir()}
    trained = {path.name for path in (runs / "lightgcn").iterdir()}
    assert files - trained == {"fitted.npz"} and trained - files == {"checkpoints"}
    results = json.loads((runs / "rp3beta" / "metrics.json").read_text())
    other = json.loads((runs / "lightgcn" / "metrics.json").read_text())
    assert results.keys() == other.keys()
    assert results["metrics"].keys() == other["metrics"].keys()
    assert (results["backbone"], results["align"], results["epochs"], results["seconds_per_epoch"]) == (
        *("rp3beta", "none"),
        *(0, None),
    )
    assert history(runs / "rp3beta")["val/recall@20"].to_list() == [pytest.approx(results["metrics"]["val/recall@20"])]
    assert "fitted in" in (runs / "rp3beta" / "train.log").read_text()
    assert results["metrics"]["test/recall@20"] > metrics(runs / "pop")["test/recall@20"]


def test_evaluate_finds_the_recorded_figures_again(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = {name: value for name, value in metrics(runs / "rp3beta").items() if name.startswith("test/")}
    for source in ("weights", "recommendations"):
        assert command(evaluate, f"run={runs / 'rp3beta'}", "trainer=cpu", "json=true", f"from={source}") == 0
        out = capsys.readouterr().out
        assert json.loads(out[out.index("{") :]) == pytest.approx(recorded)
    assert command(evaluate, f"run={runs / 'rp3beta'}", "trainer=cpu", "json=true", "mask=train+val") == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :]) != pytest.approx(recorded)


def test_the_run_can_be_loaded_and_has_recommendations_but_no_embeddings(runs: Path) -> None:
    run = load(runs / "rp3beta")
    assert set(run.recommendations().columns) == {"user", "rank", "item", "title", "score", "hit"}
    assert run.model.scores().num_users == NUM_USERS
    with pytest.raises(UserError, match="RP3Beta has no embeddings"):
        run.user_embeddings()


def test_a_report_has_them_beside_trained_ones(runs: Path, tmp_path: Path) -> None:
    assert command(report, f"runs={runs}", f"out={tmp_path / 'report'}") == 0
    table = (tmp_path / "report" / "results.md").read_text()
    page = (tmp_path / "report" / "report.html").read_text()
    for name in ("pop", "rp3beta", "lightgcn"):
        assert f"| {name} | none | 1 |" in table
        assert name in page
    (row,) = [line for line in table.splitlines() if line.startswith("| rp3beta | none | 1 |")]
    assert row.rstrip(" |").endswith("fitted"), row


@pytest.mark.parametrize("backbone", FITTED)
def test_an_alignment_that_was_asked_for_is_refused_in_one_line_before_any_work(
    backbone: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert command(train, *words(tiny_folder, out), f"backbone={backbone}", "align=contrastive") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: Contrastive needs node embeddings, of which ") and "choose align=none" in line
    assert not (out / "config.yaml").exists()


def test_nothing_begins_with_a_fitted_run_and_a_fitted_run_with_nothing(
    runs: Path, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = words(tiny_folder, tmp_path / "run")
    assert command(train, *usual, "align=none", f"initialise_from={runs / 'pop'}") == 1
    assert "is of a fitted backbone, which has no embeddings to begin with" in capsys.readouterr().err
    assert command(train, *usual, "backbone=pop", f"initialise_from={runs / 'lightgcn'}") == 1
    assert "Pop is fitted and has no embeddings to begin with" in capsys.readouterr().err


def test_an_interrupted_run_is_fitted_again(runs: Path, tiny_folder: Path, tmp_path: Path) -> None:
    assert command(train, *words(tiny_folder, tmp_path / "run"), "backbone=pop") == 0
    before = metrics(tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    assert command(train, f"resume={tmp_path / 'run'}") == 0
    assert metrics(tmp_path / "run") == before


def test_a_sweep_leaves_out_pairs_that_cannot_be_and_counts_them(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = ["dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu", "trainer.max_epochs=1"]
    swept = ["hydra=study", "study=kinds", "align=glob(*)", "backbone=pop,lightgcn"]
    assert command(train, *data, *swept) == 0
    told = capsys.readouterr().err
    refused = [f"backbone=pop align={align}" for align in ALIGNMENTS if align != "none"]
    assert f"{counted(len(refused), 'job')} skipped as invalid combinations: {'; '.join(refused)}" in told
    made = sorted(path.name for path in Path("outputs/studies/kinds").iterdir() if path.is_dir())
    assert [name.split("-")[1:3] for name in made] == [
        *(["lightgcn", align] for align in ALIGNMENTS),
        ["pop", "none"],
    ]
    assert "interrupted or failed │ 0" in " ".join(told.split())
    assert not list(Path("outputs/studies/kinds").glob(".*_jobs*"))


def test_a_search_finds_options_and_tells_where_there_are_none(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna")
    data = ["dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu", "hparams=optuna"]
    place = f"hydra.sweep.dir={tmp_path / 'search'}"
    assert command(train, *data, place, "backbone=rp3beta", "hydra.sweeper.n_trials=2") == 0
    assert "backbone.alpha=" in capsys.readouterr().out
    assert len(list((tmp_path / "search").glob("trial-*/metrics.json"))) == 2
    assert "reg_weight" not in (tmp_path / "search" / "preset" / "best.yaml").read_text()
    assert command(train, *data, f"hydra.sweep.dir={tmp_path / 'none'}", "backbone=pop") == 1
    assert "nothing is searched" in capsys.readouterr().err
    assert command(train, *data, f"hydra.sweep.dir={tmp_path / 'no'}", "backbone=rp3beta", "align=generative") == 1
    told = capsys.readouterr().err
    assert told == "error: Generative needs node embeddings, of which RP3Beta has none: choose align=none\n"
