"""Runs that measured different metrics."""

import json
from pathlib import Path
from typing import Any

import pytest

from made_up_runs import write
from rlmrec.common.errors import UserError
from rlmrec.report.build import Report

USERS = {str(i): i / 100 for i in range(30)}


def run(folder: Path, metrics: dict[str, float], align: str = "none", **options: Any) -> None:
    """A run that measured these test metrics alone."""
    write(folder, align, users=USERS, **options)
    results = json.loads((folder / "metrics.json").read_text())
    results["metrics"] = {"val/recall@20": 0.1} | {f"test/{name}": value for name, value in metrics.items()}
    (folder / "metrics.json").write_text(json.dumps(results))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run(tmp_path / "a", {"recall@5": 0.1, "recall@20": 0.2, "mrr@5": 0.3})
    run(tmp_path / "b", {"map@5": 0.4, "recall@5": 0.2, "recall@20": 0.3}, align="contrastive")
    return tmp_path


def shown(report: Report) -> list[str]:
    """The header of the table of results."""
    return [name for name in report.tables()[0].header if "@" in name]


def test_they_are_compared_by_what_they_share(runs: Path) -> None:
    report = Report([str(runs)], None)
    assert shown(report) == ["recall@20"], "the usual ones, as far as all runs have them"
    (gain,) = [part.gain for part in report.data.compared if part.metric == "recall@20" and part.baseline]
    assert gain == pytest.approx(0.5)
    assert report.data.excluded() == ["measured by some runs only, in results.csv alone: mrr@5, map@5"]


def test_where_no_usual_metric_is_shared_the_first_two_are(tmp_path: Path) -> None:
    run(tmp_path / "a", {"recall@7": 0.1, "f1@7": 0.2, "mrr@7": 0.3})
    run(tmp_path / "b", {"f1@7": 0.4, "mrr@7": 0.2, "recall@7": 0.3, "recall@20": 0.3}, align="contrastive")
    assert shown(Report([str(tmp_path)], None)) == ["recall@7", "f1@7"]


def test_a_metric_that_is_asked_for_is_shown_where_it_was_measured(runs: Path) -> None:
    report = Report([str(runs)], ["map@5", "recall@5"])
    assert shown(report) == ["map@5", "recall@5"]
    plain, aligned = report.tables()[0].rows
    assert plain[2:4] == ["0 of 1", ""] and aligned[3] == "0.4000"
    assert "map@5 was not measured by 1 of 1 run of books · lightgcn · none" in report.data.excluded()


def test_runs_that_share_nothing_are_told_apart_by_the_user(tmp_path: Path) -> None:
    run(tmp_path / "a", {"recall@5": 0.1})
    run(tmp_path / "b", {"recall@10": 0.2}, align="contrastive")
    with pytest.raises(UserError, match=r"no metric was measured by all runs: choose metrics=\[...\] from recall@5"):
        Report([str(tmp_path)], None)
    assert shown(Report([str(tmp_path)], ["recall@5", "recall@10"])) == ["recall@5", "recall@10"]


def test_metrics_do_not_separate_settings_and_own_ones_of_lists_stand_beyond_accuracy(tmp_path: Path) -> None:
    own = {"mine": {"_target_": "rlmrec.evaluation.list_metrics.gini", "_partial_": True}}
    run(tmp_path / "a", {"recall@20": 0.1, "gini@20": 0.5})
    run(tmp_path / "b", {"recall@20": 0.1, "mine@20": 0.7}, evaluation__list_metrics=own, seed=2)
    report = Report([str(tmp_path)], None)
    (setting,) = report.data.settings
    assert [each.seed for each in setting.runs] == [1, 2]
    (beyond,) = [table for table in report.tables() if table.title.startswith("Beyond accuracy")]
    assert beyond.header == ["setting", "gini@20", "mine@20"] and beyond.rows[0][1:] == ["0.5000", "0.7000"]
