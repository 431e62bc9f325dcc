"""Settings with text against the same under meaningless profiles."""

from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from made_up_runs import write
from rlmrec.report.build import Report
from rlmrec.report.finished_run import find
from rlmrec.report.pairs.twins import twin_pairs
from rlmrec.report.setting import group_runs

VALUES = {"none": (0.30, 0.31, 0.32), "shuffled": (0.20, 0.22, 0.21), "random": (0.29, 0.32, 0.31)}


def write_all(folder: Path, align: str = "contrastive", **options: Any) -> None:
    """Three seeds under each ablation, with users whose metrics differ as their means do."""
    for ablation, values in VALUES.items():
        for seed, value in enumerate(values):
            users = {str(number): value + number / 1000 * (1 if ablation == "none" else 2) for number in range(20)}
            write(folder / f"{align}{ablation}{seed}", align, seed, value, users, text_ablation=ablation, **options)


def pairs(folder: Path) -> list[tuple[str, str]]:
    return [(own.options, twin.options) for own, twin in twin_pairs(group_runs(find([str(folder)])[0])[0])]


def test_the_table_by_hand(tmp_path: Path) -> None:
    write_all(tmp_path)
    report = Report([str(tmp_path)], ["recall@20"])
    (table,) = [table for table in report.tables() if table.title == "Does what the profiles say help?"]
    assert table.header[:8] == ["setting", "twin", "metric", "real", "of twin", "difference", "shared seeds", "seeds p"]
    random, shuffled = table.rows
    p = {name: stats.ttest_rel(VALUES["none"], VALUES[name]).pvalue for name in ("random", "shuffled")}
    assert shuffled[:7] == [
        "books · lightgcn · contrastive, text_ablation=none",
        "shuffled",
        "recall@20",
        "0.3100 ± 0.0100",
        "0.2100 ± 0.0100",
        "+0.1000",
        "3 of 3 and 3",
    ]
    assert random[1] == "random" and random[5] == "+0.0033"
    assert [float(row[7]) for row in (random, shuffled)] == pytest.approx([p["random"], p["shuffled"]], abs=6e-5)
    assert float(shuffled[8]) == pytest.approx(2 * p["shuffled"], abs=6e-5), "a family of two"
    assert shuffled[9] == "20" and shuffled[10] == "<0.0001"
    (line,) = report.data.headlines
    assert "Real profiles against meaningless ones, 2 tested pairs: significantly better over seeds: lightgcn" in line


def test_twins_agree_in_all_other_options(tmp_path: Path) -> None:
    for noise in (0.0, 0.1):
        write_all(tmp_path / str(noise), interaction_noise=noise)
    write(tmp_path / "alone", "contrastive", text_ablation="none", align__weight=0.7)
    found = pairs(tmp_path)
    assert len(found) == 4
    assert {(own.replace("=none", f"={name}")) for own, _ in found for name in ("shuffled", "random")} == {
        twin for _, twin in found
    }


def test_twins_of_a_leaderboard_have_searches_of_their_own(tmp_path: Path) -> None:
    for ablation, weight in (("none", 0.1), ("shuffled", 0.001)):
        write(tmp_path / ablation, "contrastive", text_ablation=ablation, align__weight=weight)
    assert pairs(tmp_path) == []
    (tmp_path / "leaderboard.json").write_text("{}")
    assert len(pairs(tmp_path)) == 1
    write(tmp_path / "noisy", "contrastive", text_ablation="shuffled", interaction_noise=0.3)
    write(tmp_path / "fused", "contrastive", text_ablation="shuffled", fusion={"_target_": "x.Fused"})
    assert len(pairs(tmp_path)) == 1


def test_without_twins_there_is_no_table(tmp_path: Path) -> None:
    write(tmp_path / "n")
    write(tmp_path / "c", "contrastive")
    report = Report([str(tmp_path)], None)
    assert not [table for table in report.tables() if "profiles" in table.title]
    assert "meaningless" not in report.data.headlines[0]


def test_twins_of_other_training_are_told_and_not_tested(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.json").write_text("{}")
    for ablation, epochs in (("none", 30), ("shuffled", 3)):
        for seed, value in enumerate(VALUES[ablation]):
            name = tmp_path / f"{ablation}{seed}"
            write(name, "contrastive", seed, value, text_ablation=ablation, trainer__max_epochs=epochs)
    report = Report([str(tmp_path)], ["recall@20"])
    (table,) = [table for table in report.tables() if "profiles" in table.title]
    assert "seeds p" not in table.header and "max_epochs=3 against 30; not tested" in table.note
    assert any("max_epochs=3 against 30; not tested" in line for line in report.data.warnings)
