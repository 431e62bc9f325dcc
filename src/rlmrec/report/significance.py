"""Paired tests over users and over seeds, and the adjustment for multiple tests."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import stats

from rlmrec.common.errors import UserError
from rlmrec.report.setting import Setting

FEWEST_SEEDS = 3
GRAIN = 1e-6
"""Difference that means nothing, relative to the largest value, or to 1 if that is larger.

Metrics of users are computed and stored in 32 bits, which hold about seven digits: means over seeds that are equal can
differ by some 1e-8, all with one sign.
"""


class UnpairedError(UserError):
    """Users of two settings cannot be paired; the message gives the reason."""


def shared_seeds(setting: Setting, other: Setting) -> set[int]:
    """Return the seeds that both settings have."""
    return {run.seed for run in setting.runs} & {run.seed for run in other.runs}


def paired_users(setting: Setting, other: Setting, metric: str) -> pl.DataFrame:
    """Return a metric per user, averaged over the seeds for which both settings evaluated that user.

    Users are paired by external id, or by internal id if some lack one and all runs used the same interactions.

    Returns:
        Columns user (internal id in ``setting``), external_id, value and other, sorted by external id.

    Raises:
        UnpairedError: if the settings share no seed or no user, a run kept no per-user values, or users without
            external ids may be different ones.
    """
    seeds = shared_seeds(setting, other)
    if not seeds:
        raise UnpairedError(f"{setting.name} and {other.name} share no seed")
    runs = [run for part in (setting, other) for run in part.runs if run.seed in seeds]
    for run in runs:
        if run.per_user is None or metric not in run.per_user:
            raise UnpairedError(f"{run.folder.path} kept no values of single users under {metric}")
    key = "external_id" if all(run.names_users for run in runs) else "user"
    if key == "user" and len({run.interactions or run for run in runs}) > 1:
        raise UnpairedError(
            f"{setting.name} and {other.name} cannot be paired by user: not all users have an external id, and the "
            "runs do not say that they were made of the same interactions"
        )
    ours, theirs = (_users_by_seed(part, seeds, metric) for part in (setting, other))
    pairs = ours.join(theirs.select("seed", key, other="value"), on=["seed", key])
    if pairs.is_empty():
        raise UnpairedError(f"{setting.name} and {other.name} have no user in common")
    name = "user" if key == "external_id" else "external_id"
    means = pairs.group_by(key).agg(pl.col(name).first(), pl.col("value", "other").mean())
    return means.select("user", "external_id", "value", "other").sort("external_id", "user")


def _users_by_seed(setting: Setting, seeds: set[int], metric: str) -> pl.DataFrame:
    """Return columns seed, user, external_id and value of all users with a value."""
    kept = []
    for run in setting.runs:
        if run.seed in seeds and run.per_user is not None:
            value = pl.col(metric).cast(pl.Float64)
            kept.append(run.per_user.select(pl.lit(run.seed).alias("seed"), "user", "external_id", value=value))
    return pl.concat(kept, how="vertical_relaxed").filter(pl.col("value").is_not_nan())


def wilcoxon(values: np.ndarray, others: np.ndarray) -> float:
    """Return the two-sided p-value of the signed-rank test (Wilcoxon, 1945) without ties; 1 if all pairs are equal.

    Differences are rounded to multiples of ``GRAIN``, so that rounding errors break no ties.
    """
    # Ranks do not depend on the unit, and whole numbers are exactly equal or not.
    differences = np.round((values - others) / _grain(values, others))
    if len(differences) < 2:
        return float("nan")
    unequal = differences[differences != 0]
    return float(stats.wilcoxon(unequal).pvalue) if len(unequal) else 1.0


def paired_t(values: np.ndarray, others: np.ndarray) -> float:
    """Return the two-sided p-value of the paired t-test; 1 if all pairs are equal, NaN for a constant difference.

    What differs by less than ``GRAIN`` is equal.
    """
    differences = values - others
    if len(differences) < 2:
        return float("nan")
    grain = _grain(values, others)
    if np.abs(differences).max() < grain:
        return 1.0
    return float("nan") if np.ptp(differences) < grain else float(stats.ttest_1samp(differences, 0).pvalue)


def _grain(values: np.ndarray, others: np.ndarray) -> float:
    """Return the difference below which two values are equal."""
    return GRAIN * max(1.0, *(float(np.abs(part).max(initial=0)) for part in (values, others)))


def paired_t_over_seeds(setting: Setting, other: Setting, metric: str) -> float:
    """Return the p-value of the paired t-test over shared seeds; NaN for fewer than three."""
    pairs = values_over_seeds(setting, other, metric)
    return paired_t(*pairs.T) if len(pairs) >= FEWEST_SEEDS else float("nan")


def values_over_seeds(setting: Setting, other: Setting, metric: str) -> np.ndarray:
    """Return a test metric of both settings for each seed with both values, shape ``(S, 2)``."""
    ours, theirs = ({run.seed: run.test(metric) for run in part.runs} for part in (setting, other))
    pairs = np.array([(ours[seed], theirs[seed]) for seed in sorted(ours.keys() & theirs.keys())]).reshape(-1, 2)
    return pairs[~np.isnan(pairs).any(axis=1)]


def holm(values: Sequence[float]) -> list[float]:
    """Return adjusted p-values (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979).

    Args:
        values: p-values; NaN values stand for tests that were not made and are ignored.
    """
    p = np.asarray(values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted.tolist()
