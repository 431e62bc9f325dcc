"""What compared rows differ in besides alignment and text is told, and other training is not tested."""

import json
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from made_up_runs import write
from rlmrec.report.build import Report

RECALLS = {"none": (0.1, 0.101, 0.102), "contrastive": (0.2, 0.201, 0.203)}


def pair(folder: Path, plain: dict[str, Any], aligned: dict[str, Any]) -> Report:
    """Three seeds without and with alignment, whose options differ by side."""
    for align, options in (("none", plain), ("contrastive", aligned)):
        for seed, recall in enumerate(RECALLS[align]):
            write(folder / f"{align}{seed}", align, seed, recall, {"ann": recall, "bob": recall / 2}, **options)
    return Report([str(folder)], ["recall@20"])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("evaluation__patience", "patience=1 against 20"),
        ("evaluation__every_n_epochs", "every_n_epochs=1 against 20"),
        ("trainer__max_epochs", "max_epochs=1 against 20"),
        ("trainer__limit_train_batches", "limit_train_batches=1 against 20"),
    ],
)
def test_training_of_another_length_is_told_and_not_tested(tmp_path: Path, option: str, said: str) -> None:
    report = pair(tmp_path, {option: 1}, {option: 20})
    (aligned,) = [part for part in report.data.compared if part.baseline and part.metric == "recall@20"]
    assert aligned.gain == pytest.approx(0.604 / 0.303 - 1)
    assert all(isnan(p) for p in (aligned.seeds_t_test, aligned.seeds_t_test_holm, aligned.wilcoxon, aligned.t_test))
    line = (
        f"books · lightgcn · none differs in more than alignment and text ({said}; not tested, since the length of "
        "training or the choice of weights differs) from books · lightgcn · contrastive"
    )
    assert line in report.data.warnings
    results, paired, *_ = report.tables()
    assert f"{line}." in results.note and f"{line}." in paired.note
    assert "+99.3 %" in results.rows[1] and "seeds p" not in paired.header
    assert "cannot be said: what is compared differs in how it was trained" in report.data.headlines[0]


def test_other_options_are_told_and_tested(tmp_path: Path) -> None:
    report = pair(tmp_path, {"optimizer__lr": 0.001}, {"optimizer__lr": 0.0003, "align__weight": 0.3})
    (aligned,) = [part for part in report.data.compared if part.baseline and part.metric == "recall@20"]
    assert aligned.seeds_t_test < 0.01 and aligned.users == 2
    (line,) = [line for line in report.data.warnings if "differs in" in line]
    assert "none differs in more than alignment and text (lr=0.001 against 0.0003) from books" in line
    assert "Significant over seeds" in report.data.headlines[0]


def test_nothing_is_told_of_what_agrees(tmp_path: Path) -> None:
    report = pair(tmp_path, {"optimizer__lr": 0.1}, {"optimizer__lr": 0.1, "fusion__width": 3})
    assert not [line for line in report.data.warnings if "differs in" in line]


def strongest(folder: Path, epochs: int = 30, **options: Any) -> Report:
    """Two backbones without text and one with it, whose options differ from theirs."""
    values = {"ease": (RECALLS["none"], {}), "pop": ((0.05, 0.05, 0.05), {}), "l3ae": (RECALLS["contrastive"], options)}
    for backbone, (recalls, more) in values.items():
        for seed, recall in enumerate(recalls):
            run = write(
                folder / f"{backbone}{seed}", "none", seed, recall, backbone=backbone, text=backbone == "l3ae", **more
            )
            results = json.loads((run / "metrics.json").read_text())
            (run / "metrics.json").write_text(json.dumps(results | {"epochs": epochs}))
    return Report([str(folder)], ["recall@20"])


def test_the_strongest_row_of_other_training_is_not_tested_against(tmp_path: Path) -> None:
    report = strongest(tmp_path, trainer__max_epochs=500, backbone__num_layers=1)
    line = (
        "books · ease · none differs in more than backbone, alignment and text (max_epochs=30 against 500; not tested, "
        "since the length of training or the choice of weights differs) from books · l3ae · none"
    )
    assert line in report.data.warnings
    (table,) = [table for table in report.tables() if "strongest" in table.title]
    assert "p" not in table.header and f"{line}." in table.note
    assert "cannot be said: they differ in how they were trained" in report.data.headlines[0]


def test_options_of_epochs_say_nothing_of_models_that_are_fitted_at_once(tmp_path: Path) -> None:
    report = strongest(tmp_path, epochs=0, trainer__max_epochs=500, optimizer__lr=0.1, evaluation__patience=3)
    assert not [line for line in report.data.warnings if "differs in" in line]
    assert "Significantly better over seeds than ease" in report.data.headlines[0]


def test_of_rows_of_a_leaderboard_only_the_length_of_training_is_told(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.json").write_text("{}")
    report = pair(tmp_path, {}, {"optimizer__lr": 0.0003, "backbone__num_layers": 1})
    assert not [line for line in report.data.warnings if "differs in" in line]
    longer = strongest(tmp_path, optimizer__lr=0.1, trainer__max_epochs=500)
    assert any("text (max_epochs=30 against 500; not tested" in line for line in longer.data.warnings)
