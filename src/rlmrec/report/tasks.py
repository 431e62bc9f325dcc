"""Names of tasks: a dataset, and what was asked of models on it."""

from collections import defaultdict
from collections.abc import Sequence

from rlmrec.report.factors import TASK, short, show, varying
from rlmrec.report.setting import Setting


def task_names(settings: Sequence[Setting], options: Sequence[str] = TASK) -> dict[Setting, str]:
    """Return the name of each setting's task: its dataset, and the options of the task that are not the same for all.

    Settings are ranked and drawn side by side within one task only.

    Args:
        settings: that are told apart.
        options: that make a task.
    """
    of_dataset: dict[str, list[Setting]] = defaultdict(list)
    for setting in settings:
        of_dataset[setting.dataset].append(setting)
    names = {}
    for dataset, members in of_dataset.items():
        asked = {setting: {name: setting.factors.get(name) for name in options} for setting in members}
        varied = varying(list(asked.values()))
        for setting in members:
            names[setting] = ", ".join(
                [dataset, *(f"{short(name, varied)}={show(asked[setting][name])}" for name in varied)]
            )
    return names
