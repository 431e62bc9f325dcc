"""The tables in the terminal."""

from pathlib import Path

import pytest

from printed_tables import cells
from rlmrec.cli.results import of_split, print_metrics, print_results

METRICS = {"val/recall@5": 0.25, "val/ndcg@5": 1 / 3, "test/recall@5": 0.5, "test/ndcg@5": 0.00004}
RESULTS = {
    "dataset": "tiny",
    "backbone": "sgl",
    "align": "none",
    "seed": 7,
    "best_epoch": 12,
    "epochs": 28,
    "fit_seconds": 3.25,
    "metrics": METRICS,
}


def test_metrics_of_one_split() -> None:
    assert of_split(METRICS, "val") == {"recall@5": 0.25, "ndcg@5": 1 / 3}
    assert of_split(METRICS, "train") == {}


def test_a_row_a_metric_with_four_digits_and_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics("two sources", {"ours": {"recall@5": 0.12345, "mrr@5": 1}, "theirs": {"mrr@5": 0.5, "ndcg@5": 0.25}})
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].strip() == "two sources"
    assert cells(printed) == [
        ["metric", "ours", "theirs"],
        ["recall@5", "0.1235", ""],
        ["mrr@5", "1.0000", "0.5000"],
        ["ndcg@5", "", "0.2500"],
    ]


@pytest.mark.parametrize("title", ["outputs/[best]/run", "outputs/[/b]", "[red]x"])
def test_brackets_are_no_markup(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics(title, {"test": {"recall@5": 0.5}})
    assert title in capsys.readouterr().out


def test_results_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    print_results("made up for tests", RESULTS, Path("outputs") / "run")
    printed = capsys.readouterr().out
    assert cells(printed) == [
        ["metric", "validation", "test"],
        ["recall@5", "0.2500", "0.5000"],
        ["ndcg@5", "0.3333", "0.0000"],
    ]
    first, *_, data, best, folder = printed.splitlines()
    assert first.strip() == "tiny · sgl · none · seed 7"
    assert data == "data: made up for tests"
    assert best == "best epoch 12 of 28, 3.2 s of training"
    assert folder == f"run folder: {Path('outputs') / 'run'}"
