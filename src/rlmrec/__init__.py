"""Recommenders whose graph embeddings are aligned with text.

    >>> import rlmrec
    >>> options = rlmrec.compose(["backbone=lightgcn", "align=contrastive"])
    >>> run = rlmrec.train(options)           # or rlmrec.load("outputs/...") for a finished run
    >>> run.metrics["test/recall@20"]

``docs/api.md`` describes the library, ``docs/extending.md`` how to add a backbone, an alignment or a dataset.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlmrec.api import Built, TrainedRun, build, compose, load, train

__version__ = "0.2.0"

__all__ = ["Built", "TrainedRun", "__version__", "build", "compose", "load", "train"]

MODULES = {
    "Built": "rlmrec.api.build",
    "TrainedRun": "rlmrec.api.trained_run",
    "build": "rlmrec.api.build",
    "compose": "rlmrec.options.compose",
    "load": "rlmrec.api.load",
    "train": "rlmrec.api.train",
}


def __getattr__(name: str) -> Any:
    """Load torch when something of the library is first used: importing the package takes no time."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
