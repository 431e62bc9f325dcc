"""How far a sweep is, and its table at the end."""

from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec.cli import train
from rlmrec.cli.sweeps.job_count import duration, progress
from rlmrec.report.tables.ranking import ranking
from tiny import FAST, command


def test_time_left_follows_from_jobs_that_worked() -> None:
    assert progress([30.0, 0.1, 30.0], 12, 60.0) == "3 of 12 runs, about 4 min left", "one had nothing to do"
    assert progress([60.0] * 4, 12, 60.0) == "4 of 12 runs, about 2 min left", "four ran side by side"
    assert progress([0.1], 2, 0.2) == "1 of 2 runs", "nothing to go by"
    assert progress([5.0, 5.0], 2, 10.0) == "2 of 2 runs"


def test_durations() -> None:
    assert [duration(seconds) for seconds in (4.4, 89, 150, 9000)] == ["4 s", "89 s", "2 min", "2.5 h"]


def test_settings_stand_best_first_by_validation(tmp_path: Path) -> None:
    for seed in (1, 2):
        write(tmp_path / f"low{seed}", "contrastive", seed, recall=0.1, align__weight=0.1)
        write(tmp_path / f"high{seed}", "contrastive", seed, recall=0.3 + seed / 100, align__weight=0.2)
    (table,) = ranking(tmp_path)
    assert table.header == ["backbone", "align", "seeds", "val/recall@20", "test recall@20"]
    assert table.rows == [
        ["lightgcn", "contrastive, weight=0.2", "2", "0.3250 ± 0.0071", "0.3150 ± 0.0071"],
        ["lightgcn", "contrastive, weight=0.1", "2", "0.1100 ± 0.0000", "0.1000 ± 0.0000"],
    ]
    assert table.best == {(0, 3)}


def test_a_multirun_tells_how_far_it_is_and_ends_with_a_table(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = tmp_path / "sweep"
    words = ["-m", "align=none,contrastive", "seed=1", "dataset=folder", f"dataset.root={tiny_folder}"]
    assert command(train, *words, *FAST, f"hydra.sweep.dir={sweep}") == 0
    told = capsys.readouterr().err
    assert told.index("1 of 2 runs") < told.index("2 of 2 runs") < told.index("tiny, best first by validation")
    assert "none" in told and "contrastive" in told and f"report: python src/report.py runs={sweep}" in told
    assert not list(sweep.glob(".*")), "no hidden file stays"


def test_a_multirun_of_which_a_job_fails_ends_with_the_table_of_the_others(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = tmp_path / "sweep"
    words = ["-m", "align=none", f"dataset.root={tiny_folder},{tmp_path / 'absent'}", "dataset=folder"]
    assert command(train, *words, *FAST, f"hydra.sweep.dir={sweep}") == 1
    told = capsys.readouterr().err
    assert "2 of 2 runs" in told and "tiny, best first by validation" in told and "1 job failed" in told
    assert not list(sweep.glob(".*"))
