"""The summary in the terminal at the end of a study, whatever launched its runs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from rlmrec.common.program import argument, command
from rlmrec.runs.folder import RunFolder

STARTED: list["StudySummary"] = []
"""The study that this process sweeps over, if any."""
SHOWN = 8


class StudySummary:
    """The folder of a study, and what was finished in it before.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before = self.finished()

    def runs(self) -> list[RunFolder]:
        """Return all runs that were begun; one that failed early, or just began elsewhere, may still be empty."""
        return [RunFolder(path) for path in sorted(self.path.glob("[!.]*")) if path.is_dir()]

    def finished(self) -> set[str]:
        """Return the names of the runs that have their results."""
        return {run.path.name for run in self.runs() if run.metrics.is_file()}

    def print(self) -> None:
        """Print how many runs are finished and which are not, and how to make the report."""
        runs, finished = self.runs(), self.finished()
        if not runs:  # the error message is enough
            return
        open_runs = [run for run in runs if run.path.name not in finished]
        busy = [run.path.name for run in open_runs if run.is_locked()]
        counts = {
            "finished now": len(finished - self.before),
            "finished before": len(finished & self.before),
            "in another process": len(busy),
            "interrupted or failed": len(open_runs) - len(busy),
        }
        table = Table("runs", str(len(runs)), show_edge=False)
        table.columns[1].justify = "right"
        for name, count in counts.items():
            table.add_row(name, str(count))
        print(f"\nstudy {self.path}", file=sys.stderr)
        Console(stderr=True).print(table)
        unfinished = [run.path.name for run in open_runs if run.path.name not in busy]
        for name in unfinished[:SHOWN]:
            print(f"  unfinished: {name}", file=sys.stderr)
        if len(unfinished) > SHOWN:
            print(f"  and {len(unfinished) - SHOWN} more", file=sys.stderr)
        if open_runs:
            print("the same command resumes unfinished runs", file=sys.stderr)
        if finished:
            print(f"report: {command('report')} {argument('runs', self.path)}", file=sys.stderr)


class RememberStudy(Callback):
    """Tell the process that sweeps where its study is.

    Args:
        folder: of the study.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        STARTED[:] = [StudySummary(self.folder)]


@contextmanager
def _summary_at_the_end() -> Iterator[None]:
    STARTED.clear()
    try:
        yield
    finally:
        for study in STARTED:
            study.print()


def summarised(main: Callable[[], Any]) -> Callable[[], Any]:
    """Make a Hydra entry point end its studies with a summary, also when runs failed or a signal ended it."""

    @wraps(main)
    def with_summary() -> Any:
        with _summary_at_the_end():
            return main()

    return with_summary
