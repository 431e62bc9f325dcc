"""From run folders to the files of a report."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.text import Text

from rlmrec.errors import UserError
from rlmrec.runs.folder import atomic_write
from rlmrec.studies import tables
from rlmrec.studies.cell import group_runs
from rlmrec.studies.comparison import compare
from rlmrec.studies.run import find
from rlmrec.studies.study import Study

FILES = ("results.md", "results.tex", "results.csv", "report.html")
LINES = 10
"""What is left out: lines in the terminal."""


def free_folder(out: str | None) -> Path:
    """The folder to write to: the one asked for, or one named after the time.

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

    Raises:
        UserError: if there is no finished run, or a metric that none of them measured.
    """

    def __init__(self, places: Sequence[str], metrics: Sequence[str]) -> None:
        runs, unread = find(places)
        cells, replaced = group_runs(runs)
        prefix = "test/"
        known = list(dict.fromkeys(n for run in runs for n in run.results["metrics"] if n.startswith(prefix)))
        measured = [name.removeprefix(prefix) for name in known]
        absent = [name for name in metrics if name not in measured]
        if absent or not metrics:
            raise UserError(f"metrics={','.join(absent)} was not measured: valid are {', '.join(measured)}")
        progress = track(measured, "comparing", transient=True, disable=not Console().is_terminal)
        self.study = Study(cells, compare(cells, progress), list(metrics), unread, replaced)

    def tables(self) -> list[tables.Table]:
        """All tables, in the order in which they are shown."""
        study = self.study
        return [
            *tables.results(study.compared, study.metrics),
            *tables.tests(study.compared, study.metrics),
            *tables.beyond_accuracy(study.cells),
            *tables.efficiency(study.cells),
        ]

    def show(self) -> None:
        """Print the results, and which runs are not in them."""
        console = Console()
        for table in tables.summary(self.study.compared, self.study.metrics):
            console.print(table.rich())
        if any(part.baseline for part in self.study.compared):
            console.print(
                "gain over, and p against, the same without alignment (or, for runs that begin with an earlier one, "
                "from scratch): Wilcoxon's signed-rank test over users, Holm-adjusted; * 0.05, ** 0.01"
            )
        left_out = self.study.left_out()
        for line in left_out[:LINES]:
            console.print(Text(line), soft_wrap=True)
        if len(left_out) > LINES:
            console.print(f"and {len(left_out) - LINES} more, which results.md lists")

    def write_tables(self, out: Path) -> None:
        """Write ``results.md``, ``results.tex`` and ``results.csv``."""
        out.mkdir(parents=True, exist_ok=True)
        shown = self.tables()
        left_out = "".join(f"- {line}\n" for line in self.study.left_out())
        markdown = "\n\n".join(["# Results", *(table.markdown() for table in shown)]) + "\n"
        atomic_write(out / "results.md", markdown + (f"\n{left_out}" if left_out else ""))
        atomic_write(out / "results.tex", "\n\n".join(table.latex() for table in shown) + "\n")
        atomic_write(out / "results.csv", tables.long_form(self.study.compared).write_csv())

    def write_page(self, out: Path, parts_of: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Write ``report.html``.

        Args:
            out: the folder.
            parts_of: makes the parts of a run from its options.
        """
        from rlmrec.studies.page import render

        atomic_write(out / "report.html", render(self.study, self.tables(), parts_of))
