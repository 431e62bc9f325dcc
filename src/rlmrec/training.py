"""Train a recommender to its early stop, and test its best weights."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint, Timer
from pytorch_lightning.loggers import Logger

from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.recommender import Recommender
from rlmrec.runs.callbacks import PerUserMetrics, StopOnSignal
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.trainer_making import make_trainer


@runtime_checkable
class Closable(Protocol):
    """A logger that must be told of the end of a run."""

    def close(self, results: dict[str, Any] | None) -> None:
        """End with the results, or with None if the run did not finish."""


def train(
    folder: RunFolder,
    description: RunDescription,
    model: Recommender,
    data: InteractionDataModule,
    trainer: Callable[..., pl.Trainer],
    logger: Mapping[str, Callable[..., Logger]],
    callbacks: Mapping[str, pl.Callback],
    monitor: str,
) -> dict[str, Any]:
    """Train, select the best weights by a validation metric, test them once, and write the results.

    Goes on from the last whole epoch if the folder holds a checkpoint.

    Args:
        folder: where everything is written.
        description: names and seed of the run.
        model: what to train.
        data: training, validation and test batches.
        trainer: called with callbacks and loggers.
        logger: each called with folder and description.
        callbacks: added to checkpoints, timer and signals.
        monitor: validation metric that selects the best weights; greater is better.

    Returns:
        What ``metrics.json`` holds.
    """
    timer = Timer()
    fitter = make_trainer(
        trainer,
        logger=[make(folder=folder, description=description) for make in logger.values()],
        callbacks=[
            *callbacks.values(),
            timer,
            StopOnSignal(f"interrupted; go on with: python src/train.py resume={folder.path}"),
            PerUserMetrics(folder.path / "per_user_test.parquet", data.dataset.users["external_id"]),
            _checkpoint(folder, "best", monitor=monitor, mode="max", save_on_train_epoch_end=False),
            _checkpoint(folder, "last", save_on_train_epoch_end=True),
        ],
        default_root_dir=folder.path,
    )
    results = None
    try:
        results = _fit_and_test(folder, description, model, data, fitter, timer)
    finally:
        for used in fitter.loggers:
            if isinstance(used, Closable):
                used.close(results)
    return results


def _fit_and_test(
    folder: RunFolder,
    description: RunDescription,
    model: Recommender,
    data: InteractionDataModule,
    fitter: pl.Trainer,
    timer: Timer,
) -> dict[str, Any]:
    resumed = folder.last if folder.last.exists() else None
    fitter.fit(model, datamodule=data, ckpt_path=resumed, weights_only=True)
    seconds = timer.time_elapsed("train")  # now: testing restores the timer as it was in the best epoch
    fitter.test(model, datamodule=data, ckpt_path=folder.best, weights_only=True, verbose=False)
    results = _results(folder, description, model, fitter, seconds)
    if fitter.is_global_zero:
        folder.write_json("metrics.json", results)
    return results


def _checkpoint(folder: RunFolder, name: str, **options: Any) -> ModelCheckpoint:
    return ModelCheckpoint(folder.best.parent, filename=name, enable_version_counter=False, **options)


def _results(
    folder: RunFolder, description: RunDescription, model: Recommender, trainer: pl.Trainer, seconds: float
) -> dict[str, Any]:
    best = torch.load(folder.best, weights_only=True, map_location="cpu")
    last = torch.load(folder.last, weights_only=True, map_location="cpu")
    test = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("test/")}
    return {
        "dataset": description.dataset,
        "backbone": description.backbone,
        "align": description.align,
        "seed": description.seed,
        "embeddings": description.embeddings,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "best_epoch": best["epoch"],
        "epochs": last["epoch"] + 1,
        "fit_seconds": round(seconds, 3),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "metrics": best["validation_metrics"] | test,
    }
