"""Metrics as a CSV file with one row per epoch."""

import csv
import io
from typing import Any

from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
from pytorch_lightning.utilities import rank_zero_only

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.files import atomic_write
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder


class CSVLogger(Logger):
    """Write ``metrics.csv``: epoch, step and every logged metric, empty if not measured.

    Lightning's own CSV logger deletes the rows of an interrupted run on resuming; this one continues after them, and
    drops only those of epochs that are trained again. The file is always complete.

    Args:
        folder: run folder.
        description: not used.
    """

    def __init__(self, folder: RunFolder, description: RunDescription | None = None) -> None:
        super().__init__()
        self.path = folder.history
        self.rows: dict[int, dict[str, Any]] = {}
        self.unsaved = False
        self.without_epoch: dict[str, float] = {}
        if self.path.exists():
            try:
                with self.path.open(newline="", encoding="utf-8") as file:
                    self.rows = {int(row["epoch"]): _whole(row) for row in csv.DictReader(file)}
            except (ValueError, KeyError, TypeError, OSError, csv.Error) as error:
                raise UserError(f"{self.path} is damaged ({one_line(error)}): remove it") from None

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    @property
    def save_dir(self) -> str:
        """Return the run folder, to which Lightning's profilers write, too."""
        return str(self.path.parent)

    @property
    @rank_zero_experiment
    def experiment(self) -> "CSVLogger":
        """Return the logger itself."""
        return self

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the configuration is stored elsewhere in the run folder."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add metrics to the row of the epoch, except test metrics, which go to ``metrics.json``.

        Values without an epoch, which some callbacks of Lightning log, are added to the next row.
        """
        values = {name: value for name, value in metrics.items() if not name.startswith("test/")}
        epoch = int(values.pop("epoch", -1))
        if epoch < 0:
            self.without_epoch |= values
        if not values or epoch < 0:
            return
        values, self.without_epoch = self.without_epoch | values, {}
        if epoch < max(self.rows, default=-1):  # resumed from an earlier epoch
            self.rows = {number: row for number, row in self.rows.items() if number < epoch}
        self.rows.setdefault(epoch, {"epoch": epoch}).update({"step": step} | values)
        self.unsaved = True

    @rank_zero_only
    def save(self) -> None:
        """Write all rows if there are new ones; otherwise the file may hold more rows, written by a spawned process."""
        if not self.unsaved:
            return
        names = {name: None for row in self.rows.values() for name in row}
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, list(names), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows.values())
        atomic_write(self.path, table.getvalue())
        self.unsaved = False

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write all rows."""
        self.save()


def _whole(row: dict[Any, Any]) -> dict[str, Any]:
    """Return a row after checking that it has as many cells as there are columns.

    Raises:
        ValueError: if it has more or fewer cells.
    """
    if None in row or None in row.values():
        raise ValueError(f"the row of epoch {row['epoch']} has more or fewer cells than there are columns")
    return row
