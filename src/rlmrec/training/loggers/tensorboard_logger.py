"""TensorBoard."""

from typing import Any

from pytorch_lightning.loggers import TensorBoardLogger

from rlmrec.common.errors import needs_extra
from rlmrec.data.dataset import Dataset
from rlmrec.options.dotted import leaves
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.training.loggers.held_rows import HeldRows


class ClosableTensorBoardLogger(HeldRows, TensorBoardLogger):
    """Lightning's TensorBoard logger, which shows the options of a run beside its results (tab HPARAMS).

    Args:
        description: names and options of the run.
        options: options of Lightning's logger.
    """

    def __init__(self, description: RunDescription, **options: Any) -> None:
        super().__init__(default_hp_metric=False, **options)
        self.description = description

    def close(self, results: dict[str, Any] | None, dataset: Dataset) -> None:
        """Write the options and the results, which the event files contain already, as one row of a table.

        Args:
            results: content of ``metrics.json``; None if the run did not finish.
            dataset: dataset that the run was trained on.
        """
        if results:
            from torch.utils.tensorboard.summary import hparams  # late: imports TensorBoard

            names = {"dataset": self.description.dataset, "backbone": self.description.backbone}
            names |= {"align": self.description.align, "setting": self.description.setting}
            for summary in hparams(names | _by_name(self.description.options), results["metrics"]):
                self.experiment._get_file_writer().add_summary(summary)
        self.finalize("success" if results else "failed")


def tensorboard_logger(folder: RunFolder, description: RunDescription) -> ClosableTensorBoardLogger:
    """Return a logger that writes event files to ``tensorboard/`` in the run folder.

    Raises:
        UserError: if TensorBoard is not installed.
    """
    with needs_extra("tensorboard", "logger=tensorboard needs the package tensorboard"):
        return ClosableTensorBoardLogger(description, save_dir=folder.path, name="tensorboard", version="")


def _by_name(options: dict[str, Any]) -> dict[str, bool | float | str]:
    """Return options by dotted name in types that TensorBoard takes, without ``_target_``, ``names.*`` and None."""
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in leaves(options)
        if value is not None and not name.rpartition(".")[2].startswith("_") and not name.startswith("names.")
    }
