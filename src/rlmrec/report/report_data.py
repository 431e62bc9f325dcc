"""The data that a report is built from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rlmrec.report.comparison import Comparison
from rlmrec.report.factors import ASKED
from rlmrec.report.finished_run import FinishedRun
from rlmrec.report.setting import Setting, task_names


@dataclass(frozen=True)
class ReportData:
    """Settings and their comparisons.

    Args:
        settings: settings in display order.
        compared: comparisons of every setting under every metric.
        metrics: metrics to show; figures show the first one.
        unread: lines about runs without readable results.
        replaced: runs that later ones with the same options and seed replace.
        headlines: summary of the results in sentences, one text for each dataset and task.
        warnings: lines about circumstances that limit what the results mean.
        twins: comparisons of settings with text with the same under meaningless profiles.
    """

    settings: Sequence[Setting]
    compared: Sequence[Comparison]
    metrics: Sequence[str]
    unread: Sequence[str]
    replaced: Sequence[FinishedRun]
    headlines: Sequence[str] = ()
    warnings: Sequence[str] = ()
    twins: Sequence[Comparison] = ()

    @property
    def metric(self) -> str:
        """Return the test metric shown in figures."""
        return self.metrics[0]

    def references(self) -> dict[str, list[list[Setting]]]:
        """Return for each task, by name, the best setting of every alignment by validation, in one list per backbone.

        ``none`` comes first. Settings with added noise, a text ablation or a warm start represent an alignment only
        if it has no others.
        """
        names = task_names(self.settings, ASKED)
        by_task: dict[str, dict[str, list[Setting]]] = defaultdict(lambda: defaultdict(list))
        for setting in self.settings:
            by_task[names[setting]][setting.backbone].append(setting)
        return {task: [_best_of_each(pair) for pair in pairs.values()] for task, pairs in by_task.items()}

    def excluded(self) -> list[str]:
        """Return a line for every run or file that is left out of the report, with the reason."""
        return [
            *self.unread,
            *(f"run again later with the same seed, left out: {run.folder.path}" for run in self.replaced),
            *(line for setting in self.settings for run in setting.runs for line in run.damage),
        ]


def _best_of_each(pair: list[Setting]) -> list[Setting]:
    return [_best(list(settings)) for _, settings in groupby(pair, key=lambda setting: setting.align)]


def _best(settings: list[Setting]) -> Setting:
    unperturbed = [setting for setting in settings if not setting.is_perturbed]
    return max(unperturbed or settings, key=lambda setting: setting.validation)
