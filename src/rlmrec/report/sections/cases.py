"""Case studies of users: lists with and without alignment, or examples of a single run's recommendations."""

from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.report.report_data import ReportData, best_by_validation
from rlmrec.report.section import Section, UserCase
from rlmrec.report.sections.popularity import recommended
from rlmrec.report.setting import Setting
from rlmrec.report.significance import paired_users
from rlmrec.report.trained_embeddings import ExcludedError, TrainedModels

SHOWN, HISTORY = 20, 15


def case_studies(report: ReportData, models: TrainedModels) -> Section:
    """Show three users of one backbone for every task, with the lists of every alignment."""
    user_cases: list[UserCase] = []
    reasons: list[str] = []
    for of_task in report.references().values():
        found: list[UserCase] = []
        for settings in sorted(of_task, key=lambda settings: not _comparable(settings)):
            try:
                found = found or _user_cases(settings, report.metric, models)  # one backbone suffices
            except UserError as error:
                reasons.append(str(error))
        user_cases += found
    intro = (
        f"Users are chosen by rule, not by hand: ordered by what {report.metric} gains from none to the best alignment "
        f"by validation, or by {report.metric} itself where there is nothing to compare, these are the first, the "
        "middle and the last; ties by external id. All lists are of one seed: that of median validation of the best "
        "alignment, or else the lowest that all share. Of every dataset the first backbone that has such runs. "
        f"The first {SHOWN} places are shown, held-out items marked; of histories {HISTORY} items."
    )
    return Section("Case studies", intro, user_cases, reasons)


def _comparable(settings: list[Setting]) -> bool:
    """Return whether there are settings both with and without alignment."""
    return len(settings) > 1 and settings[0].align == "none"


def _user_cases(settings: list[Setting], metric: str, models: TrainedModels) -> list[UserCase]:
    if not _comparable(settings):
        return _examples(best_by_validation(settings, settings[0].monitor), metric, models)
    best = best_by_validation(settings[1:], settings[0].monitor)
    settings = _of_one_seed(settings, best.representative.seed)
    plain, chosen = settings[0], next(setting for setting in settings if setting.align == best.align)
    pairs = paired_users(chosen, plain, metric).with_columns(gain=pl.col("value") - pl.col("other"))
    datasets = {setting: recommended(setting, models, SHOWN)[0] for setting in settings}
    dataset = datasets[chosen]
    rules = ("largest gain", "middle", "largest loss")
    return [
        _user_case(f"{rule}: {row['gain']:+.3f} {metric} with {chosen.align}", row, settings, metric, dataset)
        for rule, row in zip(rules, _first_middle_last(pairs, "gain"), strict=True)
    ]


def _examples(setting: Setting, metric: str, models: TrainedModels) -> list[UserCase]:
    """Return the users that a setting without a baseline serves best, in the middle and worst."""
    run = setting.representative
    if run.per_user is None or metric not in run.per_user:
        raise ExcludedError(f"{run.folder.path} kept no values of single users under {metric}")
    dataset = recommended(setting, models, SHOWN)[0]
    users = run.per_user.select("user", "external_id", value=metric).filter(pl.col("value").is_not_nan())
    if users.is_empty():
        raise ExcludedError(f"{run.folder.path} evaluated no user under {metric}")
    ordered = users.sort("external_id", "user")
    alone = Setting(setting.group, setting.varied, (run,))
    return [
        _user_case(f"{rule}: {metric} {row['value']:.3f}", row, [alone], metric, dataset)
        for rule, row in zip(("highest", "middle", "lowest"), _first_middle_last(ordered, "value"), strict=True)
    ]


def _first_middle_last(users: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    """Return the rows with the largest, the middle and the smallest value; of equal values, the first in the table."""
    ordered = users.sort(column, descending=True, maintain_order=True)
    last = users.sort(column, maintain_order=True)
    return [ordered.row(0, named=True), ordered.row(len(ordered) // 2, named=True), last.row(0, named=True)]


def _user_case(rule: str, row: dict[str, Any], settings: list[Setting], metric: str, dataset: Dataset) -> UserCase:
    """Return the case of the user in a row, with the recommendations of all settings."""
    user = int(row["user"])
    return UserCase(
        rule,
        f"{settings[0].pair} · {dataset.users['title'][user] or row['external_id'] or f'user {user}'}",
        dataset.users["profile"][user] or "no profile",
        titles(dataset, _items(dataset.train, user)[:HISTORY]),
        titles(dataset, _items(dataset.test, user)),
        [(setting.align, *_list(setting, user, metric, dataset)) for setting in settings],
    )


def _of_one_seed(settings: list[Setting], preferred: int) -> list[Setting]:
    """Return the settings with runs of a single seed, so that lists differ by alignment alone."""
    shared = set.intersection(*({run.seed for run in setting.runs} for setting in settings))
    if not shared:
        raise ExcludedError(f"{settings[0].pair}: runs with and without alignment share no seed")
    seed = preferred if preferred in shared else min(shared)
    return [
        Setting(setting.group, setting.varied, tuple(run for run in setting.runs if run.seed == seed))
        for setting in settings
    ]


def _list(setting: Setting, user: int, metric: str, dataset: Dataset) -> tuple[str, list[tuple[str, bool]]]:
    """Return the user's metric in the representative run with its options, and titles with whether each is a hit."""
    run = setting.representative
    assert run.recommendations is not None
    rows = run.recommendations.filter(pl.col("user") == user).sort("rank").head(SHOWN)
    kept = run.per_user
    values = [] if kept is None or metric not in kept else kept.filter(pl.col("user") == user)[metric].to_list()
    value = [f"{metric} {values[0]:.3f}"] if values else []
    return ", ".join(filter(None, [*value, setting.options])), list(
        zip(titles(dataset, rows["item"].to_numpy()), rows["hit"].to_list(), strict=True)
    )


def titles(dataset: Dataset, items: np.ndarray) -> list[str]:
    """Return the titles of items, or else their external ids or internal ids."""
    rows = dataset.items[items.tolist()]
    return [
        title or name or f"item {number}"
        for title, name, number in zip(rows["title"], rows["external_id"], items.tolist(), strict=True)
    ]


def _items(matrix: csr_array, user: int) -> np.ndarray:
    return matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]
