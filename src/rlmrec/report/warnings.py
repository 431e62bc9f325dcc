"""Warnings about circumstances that limit what results mean."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from rlmrec.common.terminal import counted
from rlmrec.report.comparison import Comparison, pairs_of
from rlmrec.report.finished_run import FinishedRun
from rlmrec.report.pairs.differences import told
from rlmrec.report.setting import Setting
from rlmrec.report.significance import shared_seeds
from rlmrec.report.strongest_row import over_strongest_rows

SHOWN = 3
"""Maximum number of settings or folders named in one line."""
LITTLE = 0.1
"""Relative rise of validation, from the first to the best value, below which a run may have stopped too early."""


def warnings(settings: Sequence[Setting], compared: Sequence[Comparison], metrics: Sequence[str]) -> list[str]:
    """Return lines about data, compared options and seeds, unpaired users and the end of training.

    Args:
        settings: all settings of the report.
        compared: comparisons of every setting under every metric.
        metrics: metrics that are shown.
    """
    shown = [part for part in compared if part.metric in metrics]
    strongest = over_strongest_rows(settings, metrics[0])
    lines = [
        *_data(settings),
        *told([*pairs_of(shown), *(pair for found in strongest for pair in found.pairs)]),
        *_seeds(shown),
        *(f"no test over users: {part.unpaired}" for part in shown if part.unpaired),
    ]
    return list(dict.fromkeys([*lines, *_training(settings)]))


def _data(settings: Sequence[Setting]) -> Iterator[str]:
    """Yield warnings about different datasets with the same name, and about runs with unrecorded data."""
    by_name: dict[str, dict[str, list[FinishedRun]]] = defaultdict(lambda: defaultdict(list))
    for setting in settings:
        for run in setting.runs:
            by_name[str(run.results["dataset"])][setting.dataset].append(run)
    for name, parts in by_name.items():
        if len(parts) > 1:
            listed = "; ".join(f"{part}: {_folders(runs)}" for part, runs in parts.items())
            yield f"runs on {name} are of {len(parts)} different sets of interactions, and not compared: {listed}"
    silent = [run for setting in settings for run in setting.runs if run.interactions is None]
    if silent:
        yield (
            f"the interactions of {counted(len(silent), 'run')} of an earlier version are not recorded, and only name "
            f"and options tell them apart: {_folders(silent)}"
        )


def _seeds(shown: Sequence[Comparison]) -> Iterator[str]:
    """Yield warnings about comparisons between settings that do not share all seeds."""
    for part in shown:
        if part.baseline and len(shared_seeds(part.setting, part.baseline)) < max(
            len(part.setting.runs), len(part.baseline.runs)
        ):
            yield (
                f"{part.setting.name} and {part.baseline.name} share {part.seeds} of {len(part.setting.runs)} and "
                f"{len(part.baseline.runs)} seeds: means and gain are of all, tests of those alone"
            )


def _training(settings: Sequence[Setting]) -> Iterator[str]:
    """Yield warnings about runs whose training may have ended too early or failed."""
    total = sum(len(setting.runs) for setting in settings)
    for found, says in ENDS:
        seeds = {setting.name: [str(run.seed) for run in setting.runs if found(run)] for setting in settings}
        listed = [f"{name}, seed {', '.join(of)}" for name, of in seeds.items() if of]
        if listed:
            yield f"{sum(map(len, seeds.values()))} of {counted(total, 'run')} {says}: {_some(listed, '; ')}"


def _ended_at_last_epoch(run: FinishedRun) -> bool:
    trainer = run.options.get("trainer")
    most = trainer.get("max_epochs") if isinstance(trainer, dict) else None
    return isinstance(most, int) and 0 < most <= int(run.results["epochs"])


def _trial_of_search(run: FinishedRun) -> bool:
    options: object = run.options
    for name in ("callbacks", "pruning", "trial"):
        options = options.get(name) if isinstance(options, dict) else None
    return options is not None


def _validations(run: FinishedRun) -> list[float]:
    """Return the validation metric by epoch, where present; empty if unknown or for models without epochs."""
    if run.is_fitted or run.history is None or run.monitor not in run.history:
        return []
    values = run.history[run.monitor].drop_nulls()
    return values.to_list() if values.dtype.is_numeric() else []


def _best_at_first(run: FinishedRun) -> bool:
    return int(run.results["best_epoch"]) == 0 and len(_validations(run)) > 1


def _stopped_on_plateau(run: FinishedRun) -> bool:
    values = _validations(run)
    if not values or _ended_at_last_epoch(run) or _best_at_first(run):
        return False
    return values[0] > 0 and run.validation < (1 + LITTLE) * values[0]


ENDS: tuple[tuple[Callable[[FinishedRun], bool], str], ...] = (
    (_trial_of_search, "are trials of a search, which may have been ended early: leave the search's folder out"),
    (_ended_at_last_epoch, "ended at trainer.max_epochs, not by the early stop, so that more epochs may give more"),
    (
        _best_at_first,
        "were best at epoch 0, and training made them worse (check optimizer.lr and the weights of losses)",
    ),
    (
        _stopped_on_plateau,
        f"rose by less than {LITTLE:.0%} after the first validation and were stopped early, perhaps on a plateau "
        "before learning begins, which a larger evaluation.patience shows",
    ),
)


def _folders(runs: Sequence[FinishedRun]) -> str:
    return _some([str(run.folder.path) for run in runs], ", ")


def _some(names: Sequence[str], separator: str) -> str:
    """Return the first names, followed by the number of omitted ones if there are more."""
    shown = separator.join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
