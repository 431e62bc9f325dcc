"""MLflow."""

from pytorch_lightning.loggers import MLFlowLogger

from rlmrec.training.loggers.held_rows import HeldRows


class HeldMLFlowLogger(HeldRows, MLFlowLogger):
    """Lightning's MLflow logger, which logs each epoch once, even if it is trained again after the run was killed."""
