"""Recommendations of any tool, tested like every other row."""

from pathlib import Path

import polars as pl
import pytest

from rlmrec import load
from rlmrec.cli import evaluate, report, score, train
from run_files import metrics
from tiny import command, train_arguments


@pytest.fixture(scope="module")
def trained(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("score") / "trained"
    assert command(train, *train_arguments(tiny_folder, run, "trainer.max_epochs=1")) == 0
    return run


@pytest.mark.parametrize("order", ["score", "rank"])
def test_the_lists_of_a_run_have_its_figures(order: str, trained: Path, tiny_folder: Path, tmp_path: Path) -> None:
    lists = tmp_path / "lists.csv"
    load(trained).recommend(k=20).select("user", "item", order).write_csv(lists)
    run = tmp_path / "scored"
    words = (f"recommendations={lists}", "dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu")
    assert command(score, *words, "name=their_tool", f"hydra.run.dir={run}") == 0
    lists.unlink()
    recorded = metrics(trained)
    assert metrics(run) == pytest.approx(recorded)
    assert command(evaluate, f"run={run}", "trainer=cpu", "json=true") == 0, "the run keeps the lists"
    users = [pl.read_parquet(place / "per_user_test.parquet") for place in (run, trained)]
    assert users[0].equals(users[1])
    assert command(report, f"runs=[{run},{trained}]", f"out={tmp_path / 'report'}", "page=false") == 0
    assert "| their\\_tool | none | 1 |" in (tmp_path / "report" / "results.md").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name a table of lists"),
        (["recommendations={lists}", "name=a/b"], "name=a/b: "),
        (["recommendations=absent.csv"], "absent.csv is no file"),
        (["recommendations={lists}"], "no row has a user and an item of the dataset"),
    ],
)
def test_mistakes_leave_no_folder(
    words: list[str], message: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lists.csv").write_text("user,item,score\na,b,1\n")
    given = [word.format(lists=tmp_path / "lists.csv") for word in words]
    data = ("dataset=folder", f"dataset.root={tiny_folder}", f"hydra.run.dir={tmp_path / 'run'}")
    assert command(score, *given, *data) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_multirun_ends_with_a_summary_and_leaves_no_file_of_its_own(
    trained: Path, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        load(trained).recommend(k=20).write_parquet(tmp_path / f"{name}.parquet")
    words = (f"recommendations={tmp_path / 'one.parquet'},{tmp_path / 'two.parquet'}", "dataset=folder")
    sweep = tmp_path / "sweep"
    assert command(score, "-m", *words, f"dataset.root={tiny_folder}", f"hydra.sweep.dir={sweep}") == 0
    assert "2 of 2 runs" in (told := capsys.readouterr().err) and "report: " in told
    assert len(list(sweep.glob("*/metrics.json"))) == 2
    assert not list(sweep.glob(".job_seconds*"))
