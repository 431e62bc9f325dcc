"""The summary in the terminal at the end of a sweep, for any launcher."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from rlmrec.cli.sweeps.job_count import seconds_file, sweeps_all
from rlmrec.common.errors import UserError
from rlmrec.common.program import argument, command
from rlmrec.runs.folder import RunFolder

STARTED: list["SweepSummary"] = []
"""The sweep that this process runs, if any."""
SHOWN = 8


class SweepSummary:
    """The folder of a sweep, and the runs in it that were finished before.

    Args:
        path: path of the folder.
        resumable: whether repeating the command resumes its runs.
        trust: packages whose classes the runs' options may name.
    """

    def __init__(self, path: Path, resumable: bool = False, trust: Sequence[str] = ()) -> None:
        self.path, self.resumable, self.trust = path, resumable, trust
        # Only checks that results exist: reading them all would delay the start of a resumed study.
        self.before = {run.path.name for run in self.runs() if run.metrics.is_file()}

    def runs(self) -> list[RunFolder]:
        """Return all runs that were started, including those that have written nothing yet."""
        return [RunFolder(path, self.trust) for path in sorted(self.path.glob("[!.]*")) if path.is_dir()]

    def finished(self) -> set[str]:
        """Return the names of the runs that have readable results and options."""
        return {run.path.name for run in self.runs() if _is_whole(run)}

    def print(self) -> None:
        """Print how many runs are finished and which are not, a table of settings, and the command for a report."""
        runs, finished = self.runs(), self.finished()
        if not runs:  # the error message suffices
            return
        if self.resumable:
            self._print_counts(runs, finished)
        if finished:
            self._print_settings()
            print(f"report: {command('report')} {argument('runs', self.path)}", file=sys.stderr)

    def _print_counts(self, runs: list[RunFolder], finished: set[str]) -> None:
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

    def _print_settings(self) -> None:
        """Print a table of settings, best first; unreadable runs are left to the report, which names them."""
        from rlmrec.report.tables.ranking import ranking  # late, since only the end of a sweep needs it

        with suppress(UserError):
            for table in ranking(self.path, self.trust):
                Console(stderr=True).print(table.rich())


def _is_whole(run: RunFolder) -> bool:
    with suppress(UserError):
        return run.metrics.is_file() and bool(run.results() and run.options())
    return False


class SummariseSweep(Callback):
    """Register the folder of a sweep for its summary; a search prints a table of its own.

    Args:
        folder: folder of the sweep.
        resumable: whether repeating the command resumes its runs, as in a study.
    """

    def __init__(self, folder: str, resumable: bool = False) -> None:
        self.folder, self.resumable = Path(folder), resumable

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        if sweeps_all(config):
            STARTED[:] = [SweepSummary(self.folder, self.resumable, config.get("trust") or ())]


@contextmanager
def summary_at_the_end() -> Iterator[None]:
    """Print the summary of a sweep at the end of the block, also if runs failed or a signal ended it."""
    STARTED.clear()
    try:
        yield
    finally:
        for sweep in STARTED:
            sweep.print()
            seconds_file(sweep.path).unlink(missing_ok=True)
