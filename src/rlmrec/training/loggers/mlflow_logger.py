"""MLflow."""

from pytorch_lightning.loggers import MLFlowLogger

from rlmrec.training.loggers.held_rows import HeldRows


class HeldMLFlowLogger(HeldRows, MLFlowLogger):
    """Lightning's logger, which logs an epoch once, even if the run is killed and trains it again."""
