"""Tables of results and of tests."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isnan

import numpy as np

from rlmrec.report.comparison import Comparison, pairs_of
from rlmrec.report.pairs.differences import told
from rlmrec.report.setting import Setting
from rlmrec.report.significance import FEWEST_SEEDS
from rlmrec.report.tables.text_table import TextTable

STARS = (
    "* p < 0.05, ** p < 0.01 by the paired t-test over the seeds that both share, Holm-adjusted for all comparisons "
    f"under the metric; fewer than {FEWEST_SEEDS} shared seeds are not tested and get none"
)
SMALLEST_P = 0.0001
"""Limit below which p-values are not shown exactly."""
OVER_USERS = (
    "Tests over users say whether these very models differ on users like these, not whether training again would "
    "give the same: two seeds of one model can differ by p < 0.05 over users."
)


def results(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return a table per dataset with a row per setting: mean and deviation, gain, published value, best epochs."""
    by_setting = _by_setting(compared)
    header = ["backbone", "align", "options", "seeds"]
    for metric in metrics:
        header += [metric, "gain", "paper"]
    tables = []
    for dataset, of_dataset in groupby(by_setting, key=lambda setting: setting.dataset):
        settings = list(of_dataset)
        rows = []
        for setting in settings:
            row = [setting.backbone, setting.align, setting.options, setting.seeds(metrics)]
            for metric in metrics:
                row += _measured(by_setting[setting].get(metric))
            rows.append([*row, ", ".join(run.best_epoch for run in setting.runs)])
        shown = [part for setting in settings for part in by_setting[setting].values() if part.metric in metrics]
        repeated = any(len(setting.runs) > 1 for setting in settings)
        best = {(row, 4 + 3 * number) for number, metric in enumerate(metrics) for row in highest(settings, metric)}
        tables.append(
            TextTable(
                f"Test metrics on {dataset}, {'mean ± standard deviation over seeds' if repeated else 'one seed each'}",
                [*header, "best epochs"],
                rows,
                words=3,
                note=" ".join(_notes(shown)),
                best=best,
            )
        )
    return tables


def summary(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return a table of the main results for each dataset and metric, narrow enough for a terminal."""
    shown = [part for part in compared if part.metric in metrics]
    tables = []
    for (dataset, metric), of_table in groupby(
        sorted(shown, key=lambda part: part.setting.dataset), key=lambda part: (part.setting.dataset, part.metric)
    ):
        parts = list(of_table)
        rows = [
            [part.setting.backbone, part.setting.label, part.setting.seeds([metric]), value, gain, p, paper]
            for part in parts
            for value, gain, paper in [_measured(part)]
            for p in [probability(part.seeds_t_test_holm)]
        ]
        header = ["backbone", "align", "seeds", metric, "gain", "p", "paper"]
        best = {(row, 3) for row in highest([part.setting for part in parts], metric)}
        tables.append(TextTable(f"{dataset}: test {metric}", header, rows, words=2, best=best))
    return tables


def tests(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return a table of paired tests against baselines; empty if there is nothing to compare."""
    rows = []
    shown = [part for part in compared if part.metric in metrics]
    for part in shown:
        if part.baseline:
            rows.append([part.setting.name, part.metric, percent(part.gain), *paired_cells(part)])
    header = ["setting", "metric", "gain", "shared seeds", "seeds p", "Holm", "users", "Wilcoxon p", "Holm"]
    note = (
        f"Two-sided. Over seeds: paired t-test where both sides share {FEWEST_SEEDS} or more. Over users: their values "
        "averaged over the seeds both sides share, matched by external id, or by number where there are none and the "
        f"interactions are the same. Holm: adjusted within one test and metric. {OVER_USERS}"
    )
    note = " ".join([note, *sentences(told(pairs_of(shown)))])
    title = "Paired tests against the same without alignment, or from scratch"
    return [TextTable(title, [*header, "t-test p", "Holm"], rows, words=2, note=note)] if rows else []


def highest(settings: Sequence[Setting], metric: str) -> list[int]:
    """Return the row numbers of the highest mean within each task, ignoring tasks with a single setting."""
    means: dict[str, dict[int, float]] = {}
    for place, setting in enumerate(settings):
        values = setting.values(metric)
        if len(values):
            means.setdefault(str(setting.task), {})[place] = float(values.mean())
    return [
        place
        for of_task in means.values()
        for place, mean in of_task.items()
        if len(of_task) > 1 and mean == max(of_task.values())
    ]


def mean_and_deviation(values: np.ndarray) -> str:
    """Return the mean, with the sample standard deviation if there are several values; empty without values."""
    if len(values) < 2:
        return f"{values[0]:.4f}" if len(values) else ""
    return f"{values.mean():.4f} ± {values.std(ddof=1):.4f}"


def probability(p: float) -> str:
    """Return a p-value as text; empty for NaN."""
    if isnan(p):
        return ""
    return f"<{SMALLEST_P}" if p < SMALLEST_P else f"{p:.4f}"


def stated(p: float) -> str:
    """Return a p-value for use in a sentence, such as ``p = 0.0123``; it must not be NaN."""
    return f"p < {SMALLEST_P}" if p < SMALLEST_P else f"p = {p:.4f}"


def percent(share: float) -> str:
    """Return a relative gain as a signed percentage; empty for NaN."""
    return "" if isnan(share) else f"{100 * share:+.1f} %"


def paired_cells(part: Comparison) -> list[str]:
    """Return shared seeds, p-values over seeds, users, and p-values over users, for a part that has a baseline."""
    assert part.baseline is not None
    return [
        f"{part.seeds} of {len(part.setting.runs)} and {len(part.baseline.runs)}",
        *(probability(p) for p in (part.seeds_t_test, part.seeds_t_test_holm)),
        str(part.users) if part.users else "",
        *(probability(p) for p in (part.wilcoxon, part.wilcoxon_holm, part.t_test, part.t_test_holm)),
    ]


def sentences(lines: Sequence[str]) -> list[str]:
    """Return lines as sentences of a note."""
    return [f"{line}." for line in lines]


def stars(p: float) -> str:
    """Return stars that mark a significant p-value."""
    return "**" if p < 0.01 else "*" if p < 0.05 else ""


def _by_setting(compared: Sequence[Comparison]) -> dict[Setting, dict[str, Comparison]]:
    by_setting: dict[Setting, dict[str, Comparison]] = {}
    for part in compared:
        by_setting.setdefault(part.setting, {})[part.metric] = part
    return by_setting


def _notes(shown: Sequence[Comparison]) -> Iterator[str]:
    """Yield explanations of the columns that have values."""
    if any(part.baseline for part in shown):
        yield f"gain: over the same without alignment, or from scratch, between the means shown; {STARS}."
    if any(part.paper is not None for part in shown):
        yield "paper: RLMRec, table 2, mean of five runs."
    yield from sentences(told(pairs_of(shown)))


def _measured(part: Comparison | None) -> list[str]:
    if part is None:
        return ["", "", ""]
    gain = percent(part.gain) + stars(part.seeds_t_test_holm)
    return [
        mean_and_deviation(part.setting.values(part.metric)),
        gain,
        "" if part.paper is None else f"{part.paper:.4f}",
    ]
