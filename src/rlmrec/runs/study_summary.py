"""What the terminal shows at the end of a study, whatever launched its cells."""

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

from rlmrec.runs.folder import RunFolder

STARTED: list["Study"] = []
"""The study that this process sweeps over, if any."""
SHOWN = 8


class Study:
    """The folder of a study, and what was finished in it before.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before = self.finished()

    def cells(self) -> list[RunFolder]:
        """All cells that were begun; one that failed early, or that another process just took, may be empty yet."""
        return [RunFolder(path) for path in sorted(self.path.glob("[!.]*")) if path.is_dir()]

    def finished(self) -> set[str]:
        """Names of the cells that have their results."""
        return {cell.path.name for cell in self.cells() if cell.metrics.is_file()}

    def print(self) -> None:
        """Print how many cells are finished and which are not, and how to make the report."""
        cells, finished = self.cells(), self.finished()
        if not cells:  # what went wrong says it all
            return
        open_cells = [cell for cell in cells if cell.path.name not in finished]
        busy = [cell.path.name for cell in open_cells if cell.is_locked()]
        counts = {
            "finished now": len(finished - self.before),
            "finished before": len(finished & self.before),
            "another process is at": len(busy),
            "interrupted or failed": len(open_cells) - len(busy),
        }
        table = Table("cells", str(len(cells)), show_edge=False)
        table.columns[1].justify = "right"
        for name, count in counts.items():
            table.add_row(name, str(count))
        print(f"\nstudy {self.path}", file=sys.stderr)
        Console(stderr=True).print(table)
        unfinished = [cell.path.name for cell in open_cells if cell.path.name not in busy]
        for name in unfinished[:SHOWN]:
            print(f"  unfinished: {name}", file=sys.stderr)
        if len(unfinished) > SHOWN:
            print(f"  and {len(unfinished) - SHOWN} more", file=sys.stderr)
        if open_cells:
            print("the command that began them goes on with unfinished cells", file=sys.stderr)
        if finished:
            print(f"report: python src/report.py runs={self.path}", file=sys.stderr)


class RememberStudy(Callback):
    """Tells the process that sweeps where its study is.

    Args:
        folder: of the study.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        STARTED[:] = [Study(self.folder)]


@contextmanager
def _summary_at_the_end() -> Iterator[None]:
    STARTED.clear()
    try:
        yield
    finally:
        for study in STARTED:
            study.print()


def summarised(main: Callable[[], Any]) -> Callable[[], Any]:
    """Make a Hydra entry point end its studies with a summary, also when cells failed or a signal ended it."""

    @wraps(main)
    def with_summary() -> Any:
        with _summary_at_the_end():
            return main()

    return with_summary
