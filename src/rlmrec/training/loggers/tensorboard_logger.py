"""TensorBoard."""

from pytorch_lightning.loggers import TensorBoardLogger

from rlmrec.common.errors import UserError
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder


def tensorboard_logger(folder: RunFolder, description: RunDescription) -> TensorBoardLogger:
    """Return a logger of event files in ``tensorboard/`` of the run's folder.

    Raises:
        UserError: if TensorBoard is not installed.
    """
    try:
        return TensorBoardLogger(folder.path, name="tensorboard", version="")
    except ModuleNotFoundError:
        raise UserError(
            "logger=tensorboard needs the package tensorboard: pip install 'rlmrec-lightning[tensorboard]'"
        ) from None
