"""Loggers, one a file; each is called with the run's folder and description."""

from rlmrec.runs.loggers.csv_logger import CSVLogger
from rlmrec.runs.loggers.tensorboard_logger import tensorboard_logger
from rlmrec.runs.loggers.wandb_logger import wandb_logger

__all__ = ["CSVLogger", "tensorboard_logger", "wandb_logger"]
