"""Means over seeds, and comparisons of settings with their baselines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
from scipy import stats

from rlmrec.options.dotted import within
from rlmrec.report import significance
from rlmrec.report.factors import COLD, CONDITIONS, TEXT, Value
from rlmrec.report.pairs.differences import trained_alike
from rlmrec.report.paper import published
from rlmrec.report.setting import Setting


@dataclass(frozen=True)
class Comparison:
    """One metric of one setting, compared with its baseline.

    Args:
        setting: setting with its runs.
        metric: name of the test metric, such as ``recall@20``.
        mean: mean over seeds.
        sd: sample standard deviation over seeds; NaN for a single seed.
        baseline: setting that it is compared with, if any.
        gain: relative gain of the mean over the baseline's, 0.1 for 10 %.
        seeds: number of seeds shared with the baseline, to which tests over users and seeds are restricted.
        users: number of users in the paired tests over users.
        unpaired: reason why there is no test over users although per-user values exist.
        wilcoxon: p-value over users; like all p-values, NaN if not tested.
        t_test: p-value over users.
        wilcoxon_holm: ``wilcoxon``, Holm-adjusted for all comparisons of this metric in the report.
        t_test_holm: ``t_test``, adjusted in the same way.
        seeds_t_test: p-value over seeds.
        seeds_t_test_holm: ``seeds_t_test``, adjusted in the same way.
        paper: published value, if any.
    """

    setting: Setting
    metric: str
    mean: float
    sd: float
    baseline: Setting | None = None
    gain: float = nan
    seeds: int = 0
    users: int = 0
    unpaired: str = ""
    wilcoxon: float = nan
    t_test: float = nan
    seeds_t_test: float = nan
    wilcoxon_holm: float = nan
    t_test_holm: float = nan
    seeds_t_test_holm: float = nan
    paper: float | None = None


def compare(settings: Sequence[Setting], metrics: Iterable[str]) -> list[Comparison]:
    """Compare every setting with its baseline under every metric it measured, in order."""
    return compare_pairs([(setting, baseline(setting, settings)) for setting in settings], metrics)


def compare_pairs(pairs: Sequence[tuple[Setting, Setting | None]], metrics: Iterable[str]) -> list[Comparison]:
    """Compare settings, each with another one or none, under every metric they measured, in order.

    P-values are adjusted per metric and test. Pairs whose training differs in length are not tested.
    """
    compared = []
    for metric in metrics:
        family = [_compare(setting, other, metric) for setting, other in pairs if len(setting.values(metric))]
        for test in ("wilcoxon", "t_test", "seeds_t_test"):
            adjusted = significance.holm([getattr(part, test) for part in family])
            adding: list[dict[str, Any]] = [{f"{test}_holm": p} for p in adjusted]
            family = [replace(part, **more) for part, more in zip(family, adding, strict=True)]
        compared += family
    return compared


def pairs_of(compared: Iterable[Comparison]) -> list[tuple[Setting, Setting]]:
    """Return the settings that have a baseline, each with it."""
    return [(part.setting, part.baseline) for part in compared if part.baseline]


def _compare(setting: Setting, other: Setting | None, metric: str) -> Comparison:
    values = setting.values(metric)
    plain = Comparison(
        setting,
        metric,
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else nan,
        # The published values are for unperturbed data and text.
        paper=None if setting.is_perturbed else published(setting.dataset, setting.backbone, setting.align, metric),
    )
    if other is None or not len(other.values(metric)):
        return plain
    base = float(other.values(metric).mean())
    against = replace(
        plain,
        baseline=other,
        gain=plain.mean / base - 1 if base else nan,
        seeds=len(significance.values_over_seeds(setting, other, metric)),
    )
    if not trained_alike(setting, other):
        return against
    over_seeds = significance.paired_t_over_seeds(setting, other, metric)
    return replace(against, seeds_t_test=over_seeds, **_over_users(setting, other, metric))


def _over_users(setting: Setting, other: Setting, metric: str) -> dict[str, Any]:
    """Return the tests over users or the reason why there are none; empty if no run kept per-user values."""
    if not any(metric in run.per_user for run in (*setting.runs, *other.runs) if run.per_user is not None):
        return {}
    try:
        pairs = significance.paired_users(setting, other, metric)
    except significance.UnpairedError as error:
        return {"unpaired": str(error)}
    ours, theirs = pairs["value"].to_numpy(), pairs["other"].to_numpy()
    return {
        "users": len(ours),
        "wilcoxon": significance.wilcoxon(ours, theirs),
        "t_test": significance.paired_t(ours, theirs),
    }


def interval(values: np.ndarray) -> float | None:
    """Return half the width of the mean's 95 % confidence interval (Student's t); None for fewer than three values."""
    if len(values) < significance.FEWEST_SEEDS:
        return None  # for two values it is over six times their difference, too wide for a figure
    return float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def baseline(setting: Setting, settings: Sequence[Setting]) -> Setting | None:
    """Return the setting to compare with: the same one without alignment and text, or without a warm start.

    It must agree in dataset, backbone, task and all varied options except those about text. Rows of a leaderboard,
    whose options come from separate searches, must only agree in dataset, backbone and task. A setting without text
    is only compared if it is warm-started, with the one that is not.

    Returns:
        The baseline, or None if no or several settings qualify.
    """
    own = setting.factors
    if not setting.uses_text:
        if own.get("initialise_from") is None:
            return None
        own = own | {"initialise_from": None}
    found, searched = [], []
    for other in settings:
        if other.group == (setting.dataset, setting.backbone, "none") and not other.uses_text:
            theirs = other.factors
            asked = {name for name in own | theirs if within(name, CONDITIONS)}
            names = {*setting.varied, *other.varied} | asked
            if _agree(own, theirs, names):
                found.append(other)
            if setting.is_row and other.is_row and _agree(own, theirs, asked):
                searched.append(other)
    found = found or searched
    if len(found) > 1:
        found = [other for other in found if other.factors.get(COLD) == own.get(COLD)] or found
    if len(found) > 1:  # the same interactions with other profiles
        found = [other for other in found if other.varied.get("dataset.root") == own.get("dataset.root")]
    return found[0] if len(found) == 1 else None


def _agree(own: dict[str, Value], theirs: dict[str, Value], names: set[str]) -> bool:
    """Return whether options have the same values, except for those about text."""
    return all(own.get(name) == theirs.get(name) for name in names if not within(name, (*TEXT, COLD)))
