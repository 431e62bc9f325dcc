"""Metrics as one CSV row per epoch."""

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
    """Keep ``metrics.csv``: epoch, step and every logged metric, empty where not measured.

    Lightning's own CSV logger deletes the rows of an interrupted run when it is resumed; this one continues after
    them, and drops only those of epochs that are trained again. The file is always whole.

    Args:
        folder: the run's folder.
        description: unused.
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
        """Return the run's folder: Lightning's profilers write there too."""
        return str(self.path.parent)

    @property
    @rank_zero_experiment
    def experiment(self) -> "CSVLogger":
        """Return the logger itself."""
        return self

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the configuration is kept elsewhere in the run's folder."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add to the row of the epoch; test metrics go to ``metrics.json`` instead.

        Values without an epoch, as some callbacks of Lightning log them, go into the row that is written next.
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
        """Write all rows, if there are new ones: a spawned process may have written more than this one knows."""
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
    """Return a row that has as many cells as there are columns.

    Raises:
        ValueError: if it has more or fewer.
    """
    if None in row or None in row.values():
        raise ValueError(f"the row of epoch {row['epoch']} has more or fewer cells than there are columns")
    return row
