"""The data that a report is built from."""

from collections import Counter, defaultdict
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
        if it has no others. Validation metrics are only compared with themselves: where settings have several, that of
        the settings without alignment counts, or else that of most.
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


def best_by_validation(settings: Sequence[Setting], monitor: str) -> Setting:
    """Return the setting with the highest validation metric, among those that one metric selected.

    Args:
        settings: settings to choose from, at least one.
        monitor: preferred validation metric; where no setting has it, the one that most settings have.
    """
    if monitor not in {setting.monitor for setting in settings}:
        monitor = _usual_monitor(settings)
    return max((setting for setting in settings if setting.monitor == monitor), key=lambda setting: setting.validation)


def _usual_monitor(settings: Sequence[Setting]) -> str:
    """Return the validation metric of the settings without alignment, or else of most settings."""
    plain = [setting for setting in settings if setting.align == "none"]
    return Counter(setting.monitor for setting in plain or settings).most_common(1)[0][0]


def _best_of_each(pair: list[Setting]) -> list[Setting]:
    monitor, by_align = _usual_monitor(pair), groupby(pair, key=lambda setting: setting.align)
    return [_best(list(settings), monitor) for _, settings in by_align]


def _best(settings: list[Setting], monitor: str) -> Setting:
    unperturbed = [setting for setting in settings if not setting.is_perturbed]
    return best_by_validation(unperturbed or settings, monitor)
