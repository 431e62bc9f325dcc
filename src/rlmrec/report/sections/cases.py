"""Case studies: single users before and after alignment."""

from itertools import groupby

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section, UserCase
from rlmrec.report.sections.popularity import recommended
from rlmrec.report.setting import Setting
from rlmrec.report.significance import paired_users
from rlmrec.report.trained_embeddings import ExcludedError, TrainedModels

SHOWN, HISTORY = 20, 15


def case_studies(report: ReportData, models: TrainedModels) -> Section:
    """Show three users for one backbone of every dataset, and every alignment's lists."""
    user_cases: list[UserCase] = []
    reasons: list[str] = []
    for _, of_dataset in groupby(report.references(), key=lambda settings: settings[0].dataset):
        found: list[UserCase] = []
        for settings in of_dataset:
            try:
                found = found or _user_cases(settings, report.metric, models)  # one backbone is enough to read
            except UserError as error:
                reasons.append(str(error))
        user_cases += found
    intro = (
        f"Users are chosen by rule, not by hand: ordered by what {report.metric} gains from none to the best alignment "
        "by validation, these are the first, the middle and the last; ties by external id. All lists are of one "
        "seed: that alignment's of median validation, or else the lowest that all share. Of every dataset the first "
        f"backbone that has such runs. The first {SHOWN} places are shown, held-out items marked; of histories "
        f"{HISTORY} items."
    )
    return Section("Case studies", intro, user_cases, reasons)


def _user_cases(settings: list[Setting], metric: str, models: TrainedModels) -> list[UserCase]:
    plain, *aligned = settings
    if plain.align != "none" or not aligned:
        raise ExcludedError(f"{plain.pair} has no pair of runs with and without alignment")
    best = max(aligned, key=lambda setting: setting.validation)
    settings = _of_one_seed(settings, best.representative.seed)
    plain, chosen = settings[0], next(setting for setting in settings if setting.align == best.align)
    pairs = paired_users(chosen, plain, metric).with_columns(gain=pl.col("value") - pl.col("other"))
    if pairs.is_empty():
        raise ExcludedError(f"{chosen.name} and align=none kept no values of single users")
    lists = {setting: recommended(setting, models) for setting in settings}
    dataset = lists[chosen][0]
    ordered = pairs.sort("gain", descending=True, maintain_order=True)
    last = pairs.sort("gain", maintain_order=True).row(0, named=True)
    rows = {"largest gain": ordered.row(0, named=True), "middle": ordered.row(len(ordered) // 2, named=True)}
    user_cases = []
    for rule, row in (rows | {"largest loss": last}).items():
        user = int(dataset.users.filter(pl.col("external_id") == row["external_id"])["id"][0])
        user_cases.append(
            UserCase(
                f"{rule}: {row['gain']:+.3f} {metric} with {chosen.align}",
                f"{plain.pair} · {dataset.users['title'][user] or row['external_id']}",
                dataset.users["profile"][user] or "no profile",
                titles(dataset, _items(dataset.train, user)[:HISTORY]),
                titles(dataset, _items(dataset.test, user)),
                [(setting.align, *_list(setting, user, metric, dataset)) for setting in settings],
            )
        )
    return user_cases


def _of_one_seed(settings: list[Setting], preferred: int) -> list[Setting]:
    """Return the settings with the runs of one seed: a list of another seed differs for more reasons than alignment."""
    shared = set.intersection(*({run.seed for run in setting.runs} for setting in settings))
    if not shared:
        raise ExcludedError(f"{settings[0].pair}: runs with and without alignment share no seed")
    seed = preferred if preferred in shared else min(shared)
    return [
        Setting(setting.group, setting.varied, tuple(run for run in setting.runs if run.seed == seed))
        for setting in settings
    ]


def _list(setting: Setting, user: int, metric: str, dataset: Dataset) -> tuple[str, list[tuple[str, bool]]]:
    """Return the user's metric in the representative run with its options, and its titles, with whether held out."""
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
    """Return the titles of items, or their external ids if they have none."""
    rows = dataset.items[items.tolist()]
    return [title or name for title, name in zip(rows["title"], rows["external_id"], strict=True)]


def _items(matrix: csr_array, user: int) -> np.ndarray:
    return matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]
