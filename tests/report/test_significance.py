"""Paired tests against SciPy and by hand."""

from math import isnan
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from made_up_runs import write
from rlmrec.report import significance
from rlmrec.report.comparison import compare, interval
from rlmrec.report.finished_run import find
from rlmrec.report.setting import group_runs


def test_holm_by_hand() -> None:
    # Ordered: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, the last raised to the one before.
    assert significance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert significance.holm([0.6, 0.7]) == [1, 1]
    adjusted = significance.holm([float("nan"), 0.02])
    assert isnan(adjusted[0]) and adjusted[1] == 0.02, "what was not tested is no member of the family"
    assert significance.holm([]) == []


def test_tests_over_users_are_scipys() -> None:
    random = np.random.default_rng(0)
    ours, theirs = random.random(40), random.random(40)
    ours[:5] = theirs[:5]
    assert significance.wilcoxon(ours, theirs) == pytest.approx(stats.wilcoxon((ours - theirs)[5:]).pvalue)
    assert significance.paired_t(ours, theirs) == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)


def test_cases_without_variation() -> None:
    same = np.array([0.1, 0.2, 0.3])
    assert significance.wilcoxon(same, same) == significance.paired_t(same, same) == 1
    shifted = same + 0.1
    assert len(set(shifted - same)) > 1, "by rounding"
    assert isnan(significance.paired_t(shifted, same))
    assert significance.wilcoxon(shifted, same) == stats.wilcoxon([1, 1, 1]).pvalue
    for test in (significance.wilcoxon, significance.paired_t):
        assert isnan(test(same[:1], same[:1]))


def test_a_comparison_by_hand(tmp_path: Path) -> None:
    base = {1: {"ann": 0.0, "bob": 0.5, "cas": 0.2}, 2: {"cas": 0.4, "ann": 0.0, "bob": 0.5}, 3: {"ann": 1.0}}
    ours = {1: {"cas": 0.8, "bob": 0.75, "dan": 1.0, "ann": 0.1}, 2: {"bob": 1.0, "ann": 0.2, "dan": 0.0, "cas": 1.0}}
    for seed, recall in ((1, 0.2), (2, 0.4), (3, 0.3)):
        write(tmp_path / f"n{seed}", "none", seed, recall, base[seed])
    for seed, recall in ((1, 0.6), (2, 0.3)):
        write(tmp_path / f"c{seed}", "contrastive", seed, recall, ours[seed])
    settings, _ = group_runs(find([str(tmp_path)])[0])
    none, aligned = compare(settings, ["recall@20"])
    assert (none.mean, none.sd) == (pytest.approx(0.3), pytest.approx(0.1))
    assert none.baseline is None and isnan(none.gain) and isnan(none.wilcoxon)
    assert aligned.baseline is none.setting
    assert aligned.gain == pytest.approx(0.45 / 0.3 - 1)
    assert aligned.users == 3, "dan has no partner, and seed 3 no partner either"
    pairs = significance.paired_users(aligned.setting, none.setting, "recall@20")
    assert pairs["external_id"].to_list() == ["ann", "bob", "cas"]
    assert pairs["value"].to_list() == pytest.approx([0.15, 0.875, 0.9])
    assert pairs["other"].to_list() == pytest.approx([0.0, 0.5, 0.3])
    assert aligned.t_test == pytest.approx(stats.ttest_rel([0.15, 0.875, 0.9], [0.0, 0.5, 0.3]).pvalue)
    assert aligned.t_test_holm == aligned.t_test, "a family of one"
    assert isnan(aligned.seeds_t_test), "two shared seeds are too few"


def test_users_are_paired_under_the_same_seeds(tmp_path: Path) -> None:
    base = {1: {"ann": 0.2, "bob": 0.5}, 2: {"ann": 0.8, "bob": 0.1}}
    ours = {1: {"ann": 0.3, "bob": 0.5}, 2: {"bob": 0.3, "ann": float("nan")}}
    for seed in (1, 2):
        write(tmp_path / f"n{seed}", "none", seed, users=base[seed])
        write(tmp_path / f"c{seed}", "contrastive", seed, users=ours[seed])
    none, aligned = group_runs(find([str(tmp_path)])[0])[0]
    pairs = significance.paired_users(aligned, none, "recall@20")
    assert pairs.rows() == [(0, "ann", 0.3, 0.2), (1, "bob", pytest.approx(0.4), 0.3)], (
        "ann was not measured under seed 2"
    )


def test_over_seeds(tmp_path: Path) -> None:
    values = {"none": (0.1, 0.2, 0.3, 0.1), "contrastive": (0.2, 0.25, 0.45)}
    for align, recalls in values.items():
        for seed, recall in enumerate(recalls):
            write(tmp_path / f"{align}{seed}", align, seed, recall)
    settings, _ = group_runs(find([str(tmp_path)])[0])
    expected = stats.ttest_rel([0.2, 0.25, 0.45], [0.1, 0.2, 0.3]).pvalue
    part = compare(settings, ["recall@20"])[1]
    assert part.seeds_t_test == pytest.approx(expected)
    assert part.users == 0 and isnan(part.wilcoxon), "no values of single users were kept"


def test_the_family_is_all_comparisons_of_a_metric(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    for align, gain in (("none", 0), ("contrastive", 0.1), ("generative", 0.02)):
        users = dict(zip(map(str, range(20)), random.random(20) + gain, strict=True))
        write(tmp_path / align, align, users=users)
    settings, _ = group_runs(find([str(tmp_path)])[0])
    _, first, second = compare(settings, ["recall@20"])
    assert [first.wilcoxon_holm, second.wilcoxon_holm] == significance.holm([first.wilcoxon, second.wilcoxon])
    smaller, larger = sorted([first.wilcoxon, second.wilcoxon])
    expected = [min(1, 2 * smaller), max(min(1, 2 * smaller), larger)]
    assert sorted([first.wilcoxon_holm, second.wilcoxon_holm]) == pytest.approx(expected)


def test_the_papers_figures(tmp_path: Path) -> None:
    write(tmp_path / "a", "contrastive", dataset="amazon", backbone="autocf")
    write(tmp_path / "b", "none", dataset="amazon", interaction_noise=0.1)
    write(tmp_path / "c", "none", dataset="books")
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20", "ndcg@20"])
    found = {(part.setting.dataset, part.setting.align, part.metric): part.paper for part in compared}
    assert found["amazon", "contrastive", "recall@20"] == 0.1586
    assert found["amazon", "none", "recall@20"] is None, "the paper's is of clean data"
    assert found["books", "none", "ndcg@20"] is None


def test_intervals() -> None:
    values = np.array([0.1, 0.2, 0.4])
    low, high = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert interval(values) == pytest.approx((high - low) / 2)
    assert interval(values[:2]) is None


def test_means_that_only_rounding_to_32_bits_tells_apart_are_equal() -> None:
    """Of three seeds, one model finds one of three items under each, and the other all under one."""
    ours, theirs = (
        np.tile(np.array(hits, np.float32).astype(np.float64).mean(), 300) for hits in ([1 / 3] * 3, [1, 0, 0])
    )
    assert (ours != theirs).all()
    assert significance.wilcoxon(ours, theirs) == significance.paired_t(ours, theirs) == 1
    assert significance.wilcoxon(100 * ours, 100 * theirs) == 1, "whatever the unit"


def test_ties_among_real_differences_survive_rounding_to_32_bits() -> None:
    exact = np.array([1, 1, 1, -1, 2, 2, -3, 4, 4, 4, 0, 0]) / 30
    stored = 0.7 + exact + np.random.default_rng(0).uniform(-3e-8, 3e-8, len(exact))
    expected = stats.wilcoxon(np.round(30 * exact)[:-2]).pvalue
    assert significance.wilcoxon(stored, np.full(len(exact), 0.7)) == pytest.approx(expected)
    assert significance.paired_t(stored, np.full(len(exact), 0.7)) == pytest.approx(
        stats.ttest_1samp(exact, 0).pvalue, rel=1e-5
    )


def test_small_differences_that_are_real_are_tested() -> None:
    ours = np.linspace(0.1, 0.9, 50)
    assert significance.wilcoxon(ours + np.linspace(1e-5, 2e-5, 50), ours) < 1e-6
    assert significance.paired_t(ours + np.linspace(1e-5, 2e-5, 50), ours) < 1e-6
