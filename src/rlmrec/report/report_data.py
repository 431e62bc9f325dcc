"""The data of a report."""

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
    """Settings and how they compare.

    Args:
        settings: in the order to show them in.
        compared: every setting under every metric.
        metrics: to show; figures show the first.
        unread: a line for every run without readable results.
        replaced: runs that later ones of the same options and seed replace.
        headlines: the results in a sentence or two for each dataset and task.
        warnings: a line for everything that makes results mean less than they seem to.
    """

    settings: Sequence[Setting]
    compared: Sequence[Comparison]
    metrics: Sequence[str]
    unread: Sequence[str]
    replaced: Sequence[FinishedRun]
    headlines: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def metric(self) -> str:
        """Return the test metric of figures."""
        return self.metrics[0]

    def references(self) -> dict[str, list[list[Setting]]]:
        """Return by the name of a task, for each backbone, the best setting of every alignment by validation.

        ``none`` comes first. Settings with added noise, a text ablation or an earlier run to start from stand for an
        alignment only where it has no others.
        """
        names = task_names(self.settings, ASKED)
        by_task: dict[str, dict[str, list[Setting]]] = defaultdict(lambda: defaultdict(list))
        for setting in self.settings:
            by_task[names[setting]][setting.backbone].append(setting)
        return {task: [_best_of_each(pair) for pair in pairs.values()] for task, pairs in by_task.items()}

    def excluded(self) -> list[str]:
        """Return a line for every run or file that is not in the report, and why."""
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
