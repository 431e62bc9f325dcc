"""The settings of a sweep ranked by validation."""

from collections.abc import Sequence
from itertools import groupby
from math import inf
from pathlib import Path

import numpy as np

from rlmrec.report.finished_run import find
from rlmrec.report.setting import Setting, group_runs
from rlmrec.report.tables.results import mean_and_deviation
from rlmrec.report.tables.text_table import TextTable


def ranking(folder: Path, trust: Sequence[str] = ()) -> list[TextTable]:
    """Return a table per dataset of all settings in a folder, best first by validation, never by test metrics.

    Args:
        folder: folder of the sweep.
        trust: packages whose classes the runs' options may name.

    Raises:
        UserError: if no run in it is finished and readable.
    """
    settings, _ = group_runs(find([str(folder)], trust)[0])
    return [_table(dataset, list(parts)) for dataset, parts in groupby(settings, key=lambda setting: setting.dataset)]


def _table(dataset: str, settings: list[Setting]) -> TextTable:
    ordered = sorted(settings, key=lambda setting: -setting.validation)
    monitors = list(dict.fromkeys(run.monitor for setting in ordered for run in setting.runs))
    header, rows = ["backbone", "align", "seeds"], []
    for monitor in monitors:
        header += [monitor, f"test {monitor.removeprefix('val/')}"]
    for setting in ordered:
        tested = {run.monitor.removeprefix("val/") for run in setting.runs}
        row = [setting.backbone, setting.label, setting.seeds(tested)]
        for monitor in monitors:
            own = [run.validation for run in setting.runs if run.monitor == monitor]
            row += [mean_and_deviation(np.array(own)), mean_and_deviation(setting.values(monitor.removeprefix("val/")))]
        rows.append(row)
    leaders = {str(setting.task): row for row, setting in reversed([*enumerate(ordered)]) if setting.validation > -inf}
    best = {(row, 3) for row in leaders.values()} if len(ordered) > len(leaders) and len(monitors) == 1 else set()
    return TextTable(f"{dataset}, best first by validation", header, rows, words=2, best=best)
