"""From run folders to the files of a report."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.text import Text

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_write
from rlmrec.common.tables import csv_text
from rlmrec.report import result_tables
from rlmrec.report.comparison import compare
from rlmrec.report.finished_run import find
from rlmrec.report.report_data import ReportData
from rlmrec.report.setting import group_runs

FILES = ("results.md", "results.tex", "results.csv", "report.html")
LINES = 10
"""Most lines in the terminal about runs and files that are left out."""


def free_folder(out: str | None) -> Path:
    """Return the folder to write to: the given one, or one named after the time.

    Raises:
        UserError: if it holds a report already.
    """
    if out is None:
        return Path("outputs", "reports", time.strftime("%Y-%m-%d_%H-%M-%S"))
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"out={out} is a file: name a new folder")
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise UserError(f"out={out} already holds {', '.join(taken)}: name another folder")
    return folder


class Report:
    """The report of all runs in and below some folders.

    Args:
        places: run folders, or folders above them.
        metrics: test metrics to show.
        trust: packages whose classes the runs' options may name.

    Raises:
        UserError: if there is no finished run, or a metric that none of them measured.
    """

    def __init__(self, places: Sequence[str], metrics: Sequence[str], trust: Sequence[str] = ()) -> None:
        runs, unread = find(places, trust)
        settings, replaced = group_runs(runs)
        prefix = "test/"
        known = list(dict.fromkeys(n for run in runs for n in run.results["metrics"] if n.startswith(prefix)))
        measured = [name.removeprefix(prefix) for name in known]
        absent = [name for name in metrics if name not in measured]
        if absent or not metrics:
            raise UserError(f"metrics={','.join(absent)} was not measured: valid are {', '.join(measured)}")
        progress = track(measured, "comparing", transient=True, disable=not Console().is_terminal)
        self.data = ReportData(settings, compare(settings, progress), list(metrics), unread, replaced)

    def tables(self) -> list[result_tables.TextTable]:
        """Return all tables, in the order in which they are shown."""
        data = self.data
        return [
            *result_tables.results(data.compared, data.metrics),
            *result_tables.tests(data.compared, data.metrics),
            *result_tables.beyond_accuracy(data.settings),
            *result_tables.efficiency(data.settings),
        ]

    def show(self) -> None:
        """Print the results, and which runs are not in them."""
        console = Console()
        for table in result_tables.summary(self.data.compared, self.data.metrics):
            console.print(table.rich())
        if any(part.baseline for part in self.data.compared):
            console.print(
                "gain over, and p against, the same without alignment (or, for runs that begin with an earlier one, "
                "from scratch): Wilcoxon's signed-rank test over users, Holm-adjusted; * 0.05, ** 0.01"
            )
        excluded = self.data.excluded()
        for line in excluded[:LINES]:
            console.print(Text(line), soft_wrap=True)
        if len(excluded) > LINES:
            console.print(f"and {len(excluded) - LINES} more, which results.md lists")

    def write_tables(self, out: Path) -> None:
        """Write ``results.md``, ``results.tex`` and ``results.csv``."""
        out.mkdir(parents=True, exist_ok=True)
        shown = self.tables()
        excluded = "".join(f"- {line}\n" for line in self.data.excluded())
        markdown = "\n\n".join(["# Results", *(table.markdown() for table in shown)]) + "\n"
        atomic_write(out / "results.md", markdown + (f"\n{excluded}" if excluded else ""))
        atomic_write(out / "results.tex", "\n\n".join(table.latex() for table in shown) + "\n")
        atomic_write(out / "results.csv", csv_text(result_tables.long_form(self.data.compared)))

    def write_page(self, out: Path) -> None:
        """Write ``report.html``."""
        from rlmrec.report.page import render  # late: tables need no trained models

        atomic_write(out / "report.html", render(self.data, self.tables()))
