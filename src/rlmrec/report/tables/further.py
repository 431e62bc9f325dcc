"""Tables of beyond-accuracy metrics and of costs, and all results in long form."""

from collections.abc import Sequence

import polars as pl

from rlmrec.report.comparison import Comparison
from rlmrec.report.setting import Setting
from rlmrec.report.tables.text_table import TextTable

COSTS = {
    "parameters": "parameters",
    "epochs": "epochs",
    "fit_seconds": "seconds",
    "seconds_per_epoch": "seconds per epoch",
    "seconds_to_best": "seconds to best",
    "peak_memory_mb": "peak memory, MB",
}
"""Keys of ``metrics.json`` with their titles in the table."""


def beyond_accuracy(settings: Sequence[Setting]) -> list[TextTable]:
    """Return a table of beyond-accuracy metrics of lists; empty if no run measured any."""
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
    """Return a table of training costs, means over seeds, as far as runs recorded them."""
    names = [name for name in COSTS if any(name in run.results for setting in settings for run in setting.runs)]
    rows = []
    for setting in settings:
        recorded = [[run.results[name] for run in setting.runs if run.results.get(name) is not None] for name in names]
        rows.append([setting.name, *(_amount(sum(part) / len(part)) if part else "" for part in recorded)])
    note = (
        "Seconds and memory are those of the machines the runs were on. Memory is what model and training took: as "
        "allocated on a GPU, or else without what the process held before, which is libraries, data and earlier runs."
    )
    return [
        TextTable("Cost of training, mean over seeds", ["setting", *(COSTS[name] for name in names)], rows, note=note)
    ]


def long_form(compared: Sequence[Comparison]) -> pl.DataFrame:
    """Return one row for each setting and metric with full precision."""
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
            "shared_seeds": part.seeds,
            "seeds_t_test_p": part.seeds_t_test,
            "seeds_t_test_p_holm": part.seeds_t_test_holm,
            "paper": part.paper,
            "best_epochs": " ".join(run.best_epoch for run in part.setting.runs),
        }
        for part in compared
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.selectors.float().fill_nan(None))


def _amount(value: float) -> str:
    """Return a number with three significant digits, or as a whole number from 100 up."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
