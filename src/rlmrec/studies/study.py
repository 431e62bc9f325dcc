"""What a report is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rlmrec.studies.cell import Cell
from rlmrec.studies.comparison import Comparison
from rlmrec.studies.run import Run


@dataclass(frozen=True)
class Study:
    """Cells and how they compare.

    Args:
        cells: in the order to show them in.
        compared: every cell under every metric.
        metrics: to show; figures show the first.
        unfinished: folders of runs without results.
        replaced: runs that later ones of the same options and seed replace.
    """

    cells: Sequence[Cell]
    compared: Sequence[Comparison]
    metrics: Sequence[str]
    unfinished: Sequence[Path]
    replaced: Sequence[Run]

    @property
    def metric(self) -> str:
        """The test metric of figures."""
        return self.metrics[0]

    def references(self) -> list[list[Cell]]:
        """For each dataset and backbone the best cell by validation of every alignment, without alignment first."""
        pairs = [list(cells) for _, cells in groupby(self.cells, key=lambda cell: cell.group[:2])]
        return [
            [max(cells, key=lambda cell: cell.validation) for _, cells in groupby(pair, key=lambda cell: cell.align)]
            for pair in pairs
        ]

    def left_out(self) -> list[str]:
        """A line for every run that is not in the report, and why."""
        unfinished = [f"not finished, left out: {path}" for path in self.unfinished]
        return unfinished + [
            f"run again later with the same seed, left out: {run.folder.path}" for run in self.replaced
        ]
