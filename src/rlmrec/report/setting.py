"""Settings, which group runs that differ only in the seed, and the options that distinguish them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rlmrec.options.dotted import within
from rlmrec.report.dataset_names import dataset_names
from rlmrec.report.factors import ASKED, TASK, Value, factors, perturbations, short, show, varying
from rlmrec.report.finished_run import FinishedRun
from rlmrec.runs.folder import LEADERBOARD

Group = tuple[str, str, str]


@dataclass(frozen=True, eq=False)
class Setting:
    """Runs of the same options under several seeds.

    Args:
        group: names of dataset (``dataset_names``), backbone and alignment.
        varied: options, with their values, that differ between settings of the same group, and those that readers must
            always know about.
        runs: runs in the order of their seeds, one each.
    """

    group: Group
    varied: dict[str, Value]
    runs: tuple[FinishedRun, ...]

    @property
    def dataset(self) -> str:
        """Return the name of the dataset."""
        return self.group[0]

    @property
    def backbone(self) -> str:
        """Return the name of the backbone."""
        return self.group[1]

    @property
    def align(self) -> str:
        """Return the name of the alignment."""
        return self.group[2]

    @property
    def pair(self) -> str:
        """Return the names of dataset and backbone, within which alignments are compared."""
        return f"{self.dataset} · {self.backbone}"

    @property
    def options(self) -> str:
        """Return the varied options as text, such as ``interaction_noise=0.1``."""
        return ", ".join(f"{short(name, self.varied)}={show(value)}" for name, value in self.varied.items())

    @property
    def label(self) -> str:
        """Return the alignment with the varied options."""
        return f"{self.align}, {self.options}" if self.varied else self.align

    @property
    def name(self) -> str:
        """Return a name that is unique among all settings."""
        return f"{self.pair} · {self.label}"

    @cached_property
    def factors(self) -> dict[str, Value]:
        """Return the options that may distinguish its runs from others, except for the seed."""
        return factors(self.runs[0])

    @property
    def task(self) -> dict[str, Value]:
        """Return the options that define the model's task on its dataset."""
        return {name: value for name, value in self.factors.items() if within(name, TASK)}

    @property
    def is_perturbed(self) -> bool:
        """Return whether data or text were perturbed for an experiment, or runs started from another run's weights."""
        return bool(perturbations(self.factors))

    @property
    def is_ablated(self) -> bool:
        """Return whether profile embeddings were replaced by meaningless ones."""
        return self.factors.get("text_ablation", "none") != "none"

    @property
    def is_fitted(self) -> bool:
        """Return whether the model is fitted at once, without epochs."""
        return all(run.is_fitted for run in self.runs)

    @property
    def monitor(self) -> str:
        """Return the validation metric that selected the weights, which all its runs share."""
        return self.runs[0].monitor

    @cached_property
    def is_row(self) -> bool:
        """Return whether the runs belong to a leaderboard, with options that a search found for this setting alone."""
        return all((run.folder.path.parent / LEADERBOARD).is_file() for run in self.runs)

    @property
    def uses_text(self) -> bool:
        """Return whether profile embeddings were used."""
        return bool(self.runs[0].results.get("embeddings"))

    def seeds(self, metrics: Iterable[str]) -> str:
        """Return the number of seeds as text, such as ``2 of 3`` if a metric was not measured for all of them."""
        measured = min(len(self.values(metric)) for metric in metrics)
        return str(measured) if measured == len(self.runs) else f"{measured} of {len(self.runs)}"

    def values(self, metric: str) -> np.ndarray:
        """Return the values of a test metric over seeds, omitting runs without it."""
        values = np.array([run.test(metric) for run in self.runs])
        return values[~np.isnan(values)]

    @property
    def validation(self) -> float:
        """Return the mean of the selecting validation metric over seeds; minus infinity if any is NaN."""
        return float(np.mean([_or_last(run.validation) for run in self.runs]))

    @property
    def representative(self) -> FinishedRun:
        """Return the run with the median validation metric over seeds, or the lower of the two middle ones."""
        return sorted(self.runs, key=lambda run: (_or_last(run.validation), run.seed))[(len(self.runs) - 1) // 2]


def group_runs(runs: Sequence[FinishedRun]) -> tuple[list[Setting], list[FinishedRun]]:
    """Group runs into settings, in alphabetical order with ``none`` before other alignments.

    Returns:
        The settings, and the runs that were replaced by later ones with the same options and seed.
    """
    members: dict[Group, list[FinishedRun]] = defaultdict(list)
    for run, dataset in dataset_names(runs).items():
        members[dataset, str(run.results["backbone"]), str(run.results["align"])].append(run)
    options_of = {group: [factors(run) for run in of_group] for group, of_group in members.items()}
    by_dataset: dict[str, list[dict[str, Value]]] = defaultdict(list)
    for group, options in options_of.items():
        by_dataset[group[0]] += options
    settings, replaced = [], []
    for group in sorted(members, key=lambda group: (group[0], group[1], group[2] != "none", group[2])):
        options = options_of[group]
        names = sorted({*_telling(varying(options), options), *_always_told(options, by_dataset[group[0]])})
        by_values: dict[tuple[Value, ...], dict[int, FinishedRun]] = defaultdict(dict)
        for run, values in zip(members[group], options, strict=True):
            same = by_values[tuple(values.get(name) for name in names)]
            older = same.get(run.seed)
            if older and older.finished > run.finished:
                older, run = run, older
            if older:
                replaced.append(older)
            same[run.seed] = run
        for key in sorted(by_values, key=lambda key: [_order(value) for value in key]):
            seeds = by_values[key]
            settings.append(Setting(group, dict(zip(names, key, strict=True)), tuple(seeds[s] for s in sorted(seeds))))
    return settings, replaced


def _always_told(options: Sequence[dict[str, Value]], of_dataset: Sequence[dict[str, Value]]) -> set[str]:
    """Return options that readers must know about even if all settings of a group share them.

    These are perturbations, and test options in which runs on the dataset differ.
    """
    asked = {name for name in varying(of_dataset) if name in ASKED}
    return asked.union(*(perturbations(values) for values in options))


def _telling(names: list[str], options: Sequence[dict[str, Value]]) -> list[str]:
    """Omit the fingerprint of profile embeddings if the other varying options already distinguish the settings."""
    others = [name for name in names if name != "profile_embeddings"]
    by_others, by_all = ({tuple(values.get(name) for name in kept) for values in options} for kept in (others, names))
    return others if len(by_others) == len(by_all) else names


def task_names(settings: Sequence[Setting], options: Sequence[str] = TASK) -> dict[Setting, str]:
    """Return the name of each setting's task: its dataset and the task options that vary on it.

    Settings are only ranked and drawn side by side within one task.

    Args:
        settings: settings to name the tasks of.
        options: options that define a task.
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


def _or_last(validation: float) -> float:
    """Return a validation metric, with NaN replaced by minus infinity so that it sorts last."""
    return -np.inf if np.isnan(validation) else validation


def _order(value: Value) -> tuple[int, float, str]:
    """Return a sort key that puts null first, then numbers by size, then text."""
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value)
