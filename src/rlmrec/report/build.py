"""Construction of a report from run folders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_write, new_folder
from rlmrec.common.processes.locks import claimed
from rlmrec.common.tables import csv_text
from rlmrec.common.terminal import counted, print_warnings, progress_bar
from rlmrec.report import tables
from rlmrec.report.comparison import compare, compare_pairs
from rlmrec.report.finished_run import find
from rlmrec.report.headline import headlines
from rlmrec.report.pairs.twins import twin_pairs
from rlmrec.report.report_data import ReportData
from rlmrec.report.setting import Setting, group_runs
from rlmrec.report.tables.text_table import markdown
from rlmrec.report.warnings import warnings
from rlmrec.runs.folder import CONFIG

FILES = ("results.md", "results.tex", "results.csv", "report.html")
USUAL = ("recall@20", "ndcg@20")
"""Metrics shown by default if all runs measured them."""
LINES = 10
"""Maximum number of lines in the terminal about omitted runs and files."""


def free_folder(out: str) -> Path:
    """Return the folder to write a report to.

    Args:
        out: path of the folder.

    Raises:
        UserError: if it already holds a report, or is the folder of a run or a dataset.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"out={out} is a file: name a new folder")
    taken = [name for name in (*FILES, CONFIG, "manifest.json") if (folder / name).exists()]
    if taken:
        raise UserError(f"out={out} already holds {', '.join(taken)}: name another folder")
    return folder


@contextmanager
def report_folder(out: Path) -> Iterator[Path]:
    """Yield a folder to write a report to; a new folder appears complete, an existing one is restored on an error.

    Raises:
        UserError: if it already holds a report, or another command is writing one to it.
    """
    if not out.exists():
        with new_folder(out) as folder:
            yield folder
        return
    with claimed(out):
        free_folder(str(out))
        try:
            yield out
        except BaseException:
            for name in FILES:
                (out / name).unlink(missing_ok=True)
            raise


def _usual(shared: Sequence[str], measured: Sequence[str]) -> list[str]:
    """Return the metrics that a report shows by default.

    Args:
        shared: metrics that all runs measured.
        measured: metrics that any run measured.

    Raises:
        UserError: if no metric was measured by all runs.
    """
    if not shared:
        raise UserError(f"no metric was measured by all runs: choose metrics=[...] from {', '.join(measured)}")
    return [name for name in USUAL if name in shared] or list(shared[:2])


def _unmeasured(settings: Sequence[Setting], metrics: Sequence[str]) -> Iterator[str]:
    """Yield a line for every shown metric that some runs of a setting did not measure."""
    for setting in settings:
        for metric in metrics:
            if absent := len(setting.runs) - len(setting.values(metric)):
                yield f"{metric} was not measured by {absent} of {counted(len(setting.runs), 'run')} of {setting.name}"


def _first(lines: Sequence[str]) -> list[str]:
    """Return the first lines, followed by the number of omitted ones if there are more."""
    more = [f"and {len(lines) - LINES} more, which results.md lists"] if len(lines) > LINES else []
    return [*lines[:LINES], *more]


def _listed(lines: Sequence[str]) -> str:
    """Return lines as a Markdown list."""
    return "\n".join(f"- {_paragraph(line)}" for line in lines)


def _paragraph(line: str) -> str:
    """Return a line as Markdown text, escaped so that it starts no heading or list."""
    return f"\\{markdown(line)}" if line.startswith(("#", "+", "-")) else markdown(line)


class Report:
    """The report of all runs in and below some folders.

    Args:
        places: run folders, or folders above them.
        metrics: test metrics to show; by default recall@20 and ndcg@20 if all runs measured them, otherwise the first
            two that all runs share.
        trust: packages whose classes the runs' options may name.

    Raises:
        UserError: if no run is finished, no run measured a chosen metric, or by default if all runs share no metric.
    """

    def __init__(self, places: Sequence[str], metrics: Sequence[str] | None, trust: Sequence[str] = ()) -> None:
        runs, unread = find(places, trust)
        settings, replaced = group_runs(runs)
        used = [run for setting in settings for run in setting.runs]
        measured = list(dict.fromkeys(name for run in used for name in run.tested))
        shared = [name for name in measured if all(name in run.tested for run in used)]
        metrics = _usual(shared, measured) if metrics is None else list(dict.fromkeys(metrics))
        absent = [name for name in metrics if name not in measured]
        if absent or not metrics:
            told = f"metrics={','.join(absent)} was not measured" if absent else "metrics=[] shows nothing"
            raise UserError(f"{told}: valid are {', '.join(measured)}")
        unread += [*_unmeasured(settings, metrics)]
        if others := [name for name in measured if name not in (*shared, *metrics)]:
            unread.append(f"measured by some runs only, in results.csv alone: {', '.join(others)}")
        progress = progress_bar(measured, desc="comparing", leave=False)
        compared = compare(settings, progress)
        twins = compare_pairs(twin_pairs(settings), metrics)
        said = headlines(compared, metrics[0], twins), warnings(settings, [*compared, *twins], metrics)
        self.data = ReportData(settings, compared, list(metrics), unread, replaced, *said, twins)

    def tables(self) -> list[tables.TextTable]:
        """Return all tables in the order in which they are shown."""
        data = self.data
        made = [
            *tables.results(data.compared, data.metrics),
            *tables.tests(data.compared, data.metrics),
            *tables.over_strongest(data.settings, data.metrics[0]),
            *tables.twins(data.twins),
            *tables.beyond_accuracy(data.settings),
            *tables.efficiency(data.settings),
        ]
        return [table.narrow for table in made]

    def show(self) -> None:
        """Print the results, followed by the runs that are left out."""
        console = Console()
        for table in tables.summary(self.data.compared, self.data.metrics):
            console.print(table.narrow.rich())
        if any(part.baseline for part in self.data.compared):
            console.print(
                "gain over, and p against, the same without alignment (or, for runs that begin with an earlier one, "
                "from scratch): paired t-test over shared seeds, three or more, Holm-adjusted; * 0.05, ** 0.01"
            )
        for line in self.data.headlines:
            console.print(Text(line), soft_wrap=True)
        print_warnings(_first(self.data.warnings))
        for line in _first(self.data.excluded()):
            console.print(Text(line), soft_wrap=True)

    def write_tables(self, out: Path) -> None:
        """Write ``results.md``, ``results.tex`` and ``results.csv``."""
        out.mkdir(parents=True, exist_ok=True)
        shown = self.tables()
        parts = [
            "# Results",
            *map(_paragraph, self.data.headlines),
            *map(_listed, filter(None, [self.data.warnings])),
            *(table.markdown() for table in shown),
            *map(_listed, filter(None, [self.data.excluded()])),
        ]
        atomic_write(out / "results.md", "\n\n".join(parts) + "\n")
        atomic_write(out / "results.tex", "\n\n".join(table.latex() for table in shown) + "\n")
        atomic_write(out / "results.csv", csv_text(tables.long_form(self.data.compared)))

    def write_page(self, out: Path) -> None:
        """Write ``report.html``."""
        from rlmrec.report.page import render  # late, since tables do not need trained models

        atomic_write(out / "report.html", render(self.data, self.tables()))
