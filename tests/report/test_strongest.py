"""Rows with text against the strongest row without, which validation chooses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from made_up_runs import write
from rlmrec.report.build import Report
from rlmrec.report.finished_run import find
from rlmrec.report.setting import group_runs
from rlmrec.report.tables import TextTable, over_strongest

TESTS = {"rp3beta": [0.30, 0.31, 0.29], "ease": [0.35, 0.36, 0.34]}
"""The weaker by the test is the stronger by validation."""
TEXTS = {"none": [0.33, 0.345, 0.32], "shuffled": [0.29, 0.28, 0.295]}


def tables(folder: Path) -> list[TextTable]:
    return over_strongest(group_runs(find([str(folder)])[0])[0], "recall@20")


def write_all(folder: Path, backbones: tuple[str, ...] = ("rp3beta", "ease")) -> None:
    for backbone in backbones:
        for seed, value in enumerate(TESTS[backbone]):
            run = write(folder / f"{backbone}{seed}", "none", seed, value, backbone=backbone)
            results = json.loads((run / "metrics.json").read_text())
            results["metrics"]["val/recall@20"] = 0.5 if backbone == "rp3beta" else 0.4
            (run / "metrics.json").write_text(json.dumps(results))
    for ablation, values in TEXTS.items():
        for seed, value in enumerate(values):
            write(folder / f"{ablation}{seed}", "contrastive", seed, value, backbone="simgcl", text_ablation=ablation)


def test_gains_are_over_the_row_that_validation_chose(tmp_path: Path) -> None:
    write_all(tmp_path)
    (table,) = tables(tmp_path)
    assert table.title.endswith("strongest row without text: rp3beta with align=none, 0.3000 ± 0.0100")
    assert len(table.rows) == 2
    for (ablation, values), row in zip(TEXTS.items(), table.rows, strict=True):
        assert row[:3] == ["simgcl", f"contrastive, text_ablation={ablation}", "3"]
        assert row[3].startswith(f"{np.mean(values):.4f}")
        assert row[4] == f"{100 * (np.mean(values) / 0.3 - 1):+.1f} %"
    alone = stats.ttest_rel(TEXTS["none"], TESTS["rp3beta"]).pvalue
    assert float(table.rows[0][5]) == pytest.approx(alone, abs=6e-5), "shuffled profiles are no second attempt"
    assert table.rows[1][5] == ""


def test_shuffled_rows_are_no_rows_with_text_in_the_headline(tmp_path: Path) -> None:
    write_all(tmp_path)
    (line,) = Report([str(tmp_path)], ["recall@20"]).data.headlines
    assert "rp3beta with align=none, the strongest row without text, of 1" in line


def test_without_real_profiles_there_is_none(tmp_path: Path) -> None:
    write_all(tmp_path)
    for folder in tmp_path.glob("none*"):
        shutil.rmtree(folder)
    assert tables(tmp_path) == []


def test_there_is_none_where_there_is_nothing_to_choose_among(tmp_path: Path) -> None:
    write_all(tmp_path, ("ease",))
    assert tables(tmp_path) == []
