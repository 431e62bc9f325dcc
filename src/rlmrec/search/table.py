"""Terminal output of the trials of a search."""

from collections.abc import Sequence
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.table import Table

from rlmrec.search.best import best_of


def print_progress(trials: Sequence[FrozenTrial], number: int, total: int) -> None:
    """Print the outcome of a trial, and the best trial so far."""
    best = best_of(trials)
    leader = "" if best is None else f"; best {best.value:.4f} of trial {best.number}"
    ended = sum(trial.state.is_finished() and "killed" not in trial.user_attrs for trial in trials)
    print(f"trial {number} {_outcome(trials[number])}{leader}; {ended} of {total} done", flush=True)


def print_trials(trials: Sequence[FrozenTrial], folder: Path) -> None:
    """Print all trials, best first."""
    table = Table()
    for column in ("trial", "validation", "epochs"):
        table.add_column(column, justify="right")
    table.add_column("options")
    best = best_of(trials)
    for trial in sorted(trials, key=_rank):
        epochs = str(trial.last_step + 1) if trial.last_step is not None else ""
        options = "  ".join(f"{name}={_number(value)}" for name, value in trial.params.items())
        table.add_row(str(trial.number), _outcome(trial), epochs, options, style="bold" if trial is best else None)
    print(folder)
    Console().print(table)


def _rank(trial: FrozenTrial) -> tuple[bool, bool, float]:
    value = trial.value if trial.value is not None else float("-inf")
    return trial.state != TrialState.COMPLETE, trial.state != TrialState.PRUNED, -value


def _outcome(trial: FrozenTrial) -> str:
    if trial.state == TrialState.COMPLETE:
        return f"{trial.value:.4f}"
    if trial.state == TrialState.PRUNED:
        return f"{trial.value:.4f}, stopped early" if trial.value is not None else "stopped early"
    if "killed" in trial.user_attrs:
        return "killed"
    return {TrialState.FAIL: "failed", TrialState.RUNNING: "running", TrialState.WAITING: "waiting"}[trial.state]


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
