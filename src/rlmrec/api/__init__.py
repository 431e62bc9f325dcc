"""The library interface: compose options, build a model, train it, load a finished run."""

from rlmrec.api.build import MODEL_OPTIONS, Built, build, load_dataset, parts_mismatch, uses_text
from rlmrec.api.load import load
from rlmrec.api.train import train, train_in_folder
from rlmrec.api.trained_run import TrainedRun
from rlmrec.options.compose import compose

__all__ = [
    "MODEL_OPTIONS",
    "Built",
    "TrainedRun",
    "build",
    "compose",
    "load",
    "load_dataset",
    "parts_mismatch",
    "train",
    "train_in_folder",
    "uses_text",
]
