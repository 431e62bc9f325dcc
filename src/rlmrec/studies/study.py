"""What a report is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rlmrec.studies.cell import Cell
from rlmrec.studies.comparison import Comparison
from rlmrec.studies.factors import spoilt
from rlmrec.studies.run import Run


@dataclass(frozen=True)
class Study:
    """Cells and how they compare.

    Args:
        cells: in the order to show them in.
        compared: every cell under every metric.
        metrics: to show; figures show the first.
        unread: a line for every run without readable results.
        replaced: runs that later ones of the same options and seed replace.
    """

    cells: Sequence[Cell]
    compared: Sequence[Comparison]
    metrics: Sequence[str]
    unread: Sequence[str]
    replaced: Sequence[Run]

    @property
    def metric(self) -> str:
        """The test metric of figures."""
        return self.metrics[0]

    def references(self) -> list[list[Cell]]:
        """For each dataset and backbone the best cell by validation of every alignment, without alignment first.

        Cells with added noise, a text control or an earlier run to start from stand for an alignment only where it
        has no others.
        """
        pairs = [list(cells) for _, cells in groupby(self.cells, key=lambda cell: cell.group[:2])]
        return [[_best(list(cells)) for _, cells in groupby(pair, key=lambda cell: cell.align)] for pair in pairs]

    def left_out(self) -> list[str]:
        """A line for every run or file that is not in the report, and why."""
        return [
            *self.unread,
            *(f"run again later with the same seed, left out: {run.folder.path}" for run in self.replaced),
            *(line for cell in self.cells for run in cell.runs for line in run.damage),
        ]


def _best(cells: list[Cell]) -> Cell:
    unspoilt = [cell for cell in cells if not spoilt(cell.runs[0])]
    return max(unspoilt or cells, key=lambda cell: cell.validation)
