"""Loggers, one per file, and their construction."""

from rlmrec.training.loggers.csv_logger import CSVLogger
from rlmrec.training.loggers.held_rows import HeldRows
from rlmrec.training.loggers.mlflow_logger import HeldMLFlowLogger
from rlmrec.training.loggers.tensorboard_logger import tensorboard_logger
from rlmrec.training.loggers.wandb_logger import wandb_logger

__all__ = ["CSVLogger", "HeldMLFlowLogger", "HeldRows", "tensorboard_logger", "wandb_logger"]
