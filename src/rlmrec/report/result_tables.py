"""The tables of a report."""

from collections.abc import Sequence
from itertools import groupby
from math import isnan

import polars as pl

from rlmrec.report.comparison import Comparison
from rlmrec.report.setting import Setting
from rlmrec.report.text_table import TextTable

COSTS = {
    "parameters": "parameters",
    "epochs": "epochs",
    "fit_seconds": "seconds",
    "seconds_per_epoch": "seconds per epoch",
    "seconds_to_best": "seconds to best",
    "peak_memory_mb": "peak memory, MB",
}
"""Keys of ``metrics.json`` and their titles in the table."""


def results(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return a table per dataset, a row per setting: mean and deviation, gain, the paper's figure, best epochs."""
    by_cell = _by_cell(compared)
    header = ["backbone", "align", "options", "seeds"]
    for metric in metrics:
        header += [metric, "gain", "paper"]
    tables = []
    for dataset, settings in groupby(by_cell, key=lambda setting: setting.dataset):
        rows = []
        for setting in settings:
            row = [setting.backbone, setting.align, setting.options, str(len(setting.runs))]
            for metric in metrics:
                row += _measured(by_cell[setting].get(metric))
            rows.append([*row, ", ".join(run.best_epoch for run in setting.runs)])
        table = TextTable(
            f"Test metrics on {dataset}, mean ± standard deviation over seeds",
            [*header, "best epochs"],
            rows,
            words=3,
            note="gain: over the same without alignment, or from scratch; * p < 0.05, ** p < 0.01 by Wilcoxon's "
            "signed-rank test over users, Holm-adjusted for all comparisons under the metric. "
            "paper: RLMRec, table 2, mean of five runs.",
        )
        tables.append(table.narrow)
    return tables


def summary(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return the main results, narrow enough for a terminal: a table for each dataset and metric."""
    shown = [part for part in compared if part.metric in metrics]
    tables = []
    for (dataset, metric), parts in groupby(
        sorted(shown, key=lambda part: part.setting.dataset), key=lambda part: (part.setting.dataset, part.metric)
    ):
        rows = [
            [part.setting.backbone, part.setting.label, str(len(part.setting.runs)), value, gain, p, paper]
            for part in parts
            for value, gain, paper in [_measured(part)]
            for p in [probability(part.wilcoxon_holm)]
        ]
        header = ["backbone", "align", "seeds", metric, "gain", "p", "paper"]
        tables.append(TextTable(f"{dataset}: test {metric}", header, rows, words=2).narrow)
    return tables


def tests(compared: Sequence[Comparison], metrics: Sequence[str]) -> list[TextTable]:
    """Return one table of paired tests against settings without alignment; none if there is nothing to compare."""
    rows = []
    for part in compared:
        if part.baseline and part.metric in metrics:
            shown = [probability(p) for p in _all_p(part)]
            rows.append([part.setting.name, part.metric, percent(part.gain), str(part.users), *shown])
    header = ["setting", "metric", "gain", "users", "Wilcoxon p", "Holm", "t-test p", "Holm", "seeds p", "Holm"]
    note = (
        "Two-sided. Over users: their values averaged over the seeds both sides share, matched by external id. Over "
        "seeds: paired t-test where both share three or more. Holm: adjusted within one test and metric."
    )
    return (
        [
            TextTable(
                "Paired tests against the same without alignment, or from scratch", header, rows, words=2, note=note
            )
        ]
        if rows
        else []
    )


def beyond_accuracy(settings: Sequence[Setting]) -> list[TextTable]:
    """Return a table of metrics of lists beyond accuracy; none if no run measured them."""
    runs = [run for setting in settings for run in setting.runs]
    measured = sorted({name for run in runs for name in run.results["metrics"]})
    asked = dict.fromkeys(metric for run in runs for metric in run.list_metrics)
    names = [name for metric in asked for name in measured if name.startswith(f"test/{metric}@")]
    metrics = [name.removeprefix("test/") for name in names]
    rows = []
    for setting in settings:
        values = [setting.values(metric) for metric in metrics]
        if any(len(part) for part in values):
            rows.append([setting.name, *(f"{part.mean():.4f}" if len(part) else "" for part in values)])
    return [TextTable("Beyond accuracy, mean over seeds", ["setting", *metrics], rows)] if rows else []


def efficiency(settings: Sequence[Setting]) -> list[TextTable]:
    """Return a table of the cost of training, mean over seeds, as far as runs recorded it."""
    names = [name for name in COSTS if any(name in run.results for setting in settings for run in setting.runs)]
    rows = []
    for setting in settings:
        recorded = [[run.results[name] for run in setting.runs if run.results.get(name) is not None] for name in names]
        rows.append([setting.name, *(_amount(sum(part) / len(part)) if part else "" for part in recorded)])
    note = "Seconds and memory are those of the machines the runs were on."
    return [
        TextTable("Cost of training, mean over seeds", ["setting", *(COSTS[name] for name in names)], rows, note=note)
    ]


def long_form(compared: Sequence[Comparison]) -> pl.DataFrame:
    """Return one row for each setting and metric, with all digits."""
    rows = [
        {
            "dataset": part.setting.dataset,
            "backbone": part.setting.backbone,
            "align": part.setting.align,
            "options": part.setting.options,
            "metric": part.metric,
            "seeds": " ".join(str(run.seed) for run in part.setting.runs),
            "values": " ".join(repr(run.test(part.metric)) for run in part.setting.runs),
            "mean": part.mean,
            "sd": part.sd,
            "baseline": part.baseline.name if part.baseline else None,
            "gain": part.gain,
            "users": part.users,
            "wilcoxon_p": part.wilcoxon,
            "wilcoxon_p_holm": part.wilcoxon_holm,
            "t_test_p": part.t_test,
            "t_test_p_holm": part.t_test_holm,
            "seeds_t_test_p": part.seeds_t_test,
            "seeds_t_test_p_holm": part.seeds_t_test_holm,
            "paper": part.paper,
            "best_epochs": " ".join(run.best_epoch for run in part.setting.runs),
        }
        for part in compared
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.selectors.float().fill_nan(None))


def probability(p: float) -> str:
    """Return a p value as text; empty where there was no test."""
    if isnan(p):
        return ""
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def percent(share: float) -> str:
    """Return a relative gain with its sign; empty where there is none."""
    return "" if isnan(share) else f"{100 * share:+.1f} %"


def stars(p: float) -> str:
    """Return stars that mark significance."""
    return "**" if p < 0.01 else "*" if p < 0.05 else ""


def _amount(value: float) -> str:
    """Return three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _by_cell(compared: Sequence[Comparison]) -> dict[Setting, dict[str, Comparison]]:
    by_cell: dict[Setting, dict[str, Comparison]] = {}
    for part in compared:
        by_cell.setdefault(part.setting, {})[part.metric] = part
    return by_cell


def _measured(part: Comparison | None) -> list[str]:
    if part is None:
        return ["", "", ""]
    value = f"{part.mean:.4f}" if isnan(part.sd) else f"{part.mean:.4f} ± {part.sd:.4f}"
    gain = percent(part.gain) + stars(part.wilcoxon_holm)
    return [value, gain, "" if part.paper is None else f"{part.paper:.4f}"]


def _all_p(part: Comparison) -> tuple[float, ...]:
    return (
        *(part.wilcoxon, part.wilcoxon_holm, part.t_test, part.t_test_holm),
        *(part.seeds_t_test, part.seeds_t_test_holm),
    )
