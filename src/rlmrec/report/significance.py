"""Paired tests over users and over seeds, and the adjustment for several tests."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import stats

from rlmrec.report.setting import Setting

FEWEST_SEEDS = 3


def paired_users(setting: Setting, other: Setting, metric: str) -> pl.DataFrame:
    """Return a metric of every user, averaged over the seeds under which both settings evaluated that user.

    Returns:
        Columns external_id, in order, value and other; no rows where the runs share no seed or kept no such values.
    """
    shared = {run.seed for run in setting.runs} & {run.seed for run in other.runs}
    ours, theirs = (_users_by_seed(part, shared, metric) for part in (setting, other))
    if ours is None or theirs is None:
        return pl.DataFrame(schema={"external_id": pl.String, "value": pl.Float64, "other": pl.Float64})
    pairs = ours.join(theirs.rename({"value": "other"}), on=["seed", "external_id"])
    return pairs.group_by("external_id").agg(pl.col("value", "other").mean()).sort("external_id")


def _users_by_seed(setting: Setting, seeds: set[int], metric: str) -> pl.DataFrame | None:
    """Return the values that were measured; None unless every run of these seeds kept some."""
    kept = []
    for run in setting.runs:
        if run.seed in seeds:
            if run.per_user is None or metric not in run.per_user:
                return None
            value = pl.col(metric).cast(pl.Float64)
            kept.append(run.per_user.select("external_id", seed=pl.lit(run.seed), value=value))
    return pl.concat(kept).filter(pl.col("value").is_not_nan()) if kept else None


def wilcoxon(values: np.ndarray, others: np.ndarray) -> float:
    """Return the two-sided p of the signed-rank test (Wilcoxon, 1945); equal pairs are left out; 1 if all are equal."""
    differences = _differences(values, others)
    if len(differences) < 2:
        return float("nan")
    unequal = differences[differences != 0]
    return float(stats.wilcoxon(unequal).pvalue) if len(unequal) else 1.0


def paired_t(values: np.ndarray, others: np.ndarray) -> float:
    """Return the two-sided p of the paired t-test; 1 if all pairs are equal, NaN where the difference never varies."""
    differences = _differences(values, others)
    if len(differences) < 2:
        return float("nan")
    if not differences.any():
        return 1.0
    return float("nan") if np.ptp(differences) == 0 else float(stats.ttest_1samp(differences, 0).pvalue)


def _differences(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the differences of pairs without the rounding of sums, which would break ties."""
    return np.round(values - others, 12)


def paired_t_over_seeds(setting: Setting, other: Setting, metric: str) -> float:
    """Return p of the paired t-test over the seeds that both settings share; NaN if there are fewer than three."""
    ours, theirs = ({run.seed: run.test(metric) for run in part.runs} for part in (setting, other))
    shared = sorted(seed for seed in ours.keys() & theirs.keys() if not np.isnan([ours[seed], theirs[seed]]).any())
    if len(shared) < FEWEST_SEEDS:
        return float("nan")
    return paired_t(np.array([ours[seed] for seed in shared]), np.array([theirs[seed] for seed in shared]))


def holm(values: Sequence[float]) -> list[float]:
    """Return adjusted p values of tests (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979).

    Args:
        values: p values; NaN where there was no test, which does not count.
    """
    p = np.asarray(values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted.tolist()
