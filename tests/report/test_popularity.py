"""What lists of different lengths are compared by."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

import tiny
from made_up_runs import write
from rlmrec.report.finished_run import find
from rlmrec.report.report_data import ReportData
from rlmrec.report.sections.popularity import groups, popularity_bias
from rlmrec.report.setting import group_runs

DATASET = tiny.dataset()


@pytest.fixture
def report(tmp_path: Path) -> ReportData:
    """Two runs with the same lists, the best items by the held-out ones, of 5 places and of 20."""
    users = dict.fromkeys(DATASET.users["external_id"], 0.1)
    held_out = DATASET.test.toarray() > 0
    for align, length in (("none", 5), ("contrastive", 20)):
        run = write(tmp_path / align, align, users=users)
        items = np.argsort(~held_out, axis=1, kind="stable")[:, :length]
        table = {
            "user": np.repeat(np.arange(len(items)), length),
            "rank": np.tile(np.arange(1, length + 1), len(items)),
            "item": items.ravel(),
            "score": 1.0,
            "hit": np.take_along_axis(held_out, items, axis=1).ravel(),
        }
        pl.DataFrame(table).write_parquet(run / "recommendations.parquet")
    return ReportData(group_runs(find([str(tmp_path)])[0])[0], (), ["recall@20"], (), ())


MODELS: Any = SimpleNamespace(of=lambda run: SimpleNamespace(dataset=DATASET, evaluated=DATASET))


def test_shares_are_of_the_places_that_all_runs_kept(report: ReportData) -> None:
    (figure,) = popularity_bias(report, MODELS).parts
    _, plain, aligned = figure.data
    assert plain.y == aligned.y and sum(plain.y) == pytest.approx(1)
    assert figure.layout.yaxis.title.text == "share of first 5 places"


def test_what_was_found_is_in_the_places_that_all_runs_kept(report: ReportData) -> None:
    _, figure = groups(report, MODELS).parts
    plain, aligned = figure.data
    assert plain.y == aligned.y and sum(plain.y) > 0
    assert figure.layout.yaxis.title.text == "share found in first 5 places"
