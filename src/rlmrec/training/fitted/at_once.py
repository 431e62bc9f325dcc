"""Fit, validate and test a backbone without a training loop."""

import logging
import time
from typing import Any

import pytorch_lightning as L

from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.process_memory import forget_peak, held_mb, peak_beyond
from rlmrec.training.testing.results import run_results, tested_metrics

RUN_LOG = logging.getLogger("run")


def fit_at_once(
    folder: RunFolder,
    description: RunDescription,
    model: FittedRecommender,
    data: InteractionDataModule,
    evaluator: L.Trainer,
) -> dict[str, Any]:
    """Fit a backbone, store the result in the run folder, validate and test it.

    Args:
        folder: run folder.
        description: names and seed of the run.
        model: model before its fit.
        data: validation and test batches.
        evaluator: trainer that validates and tests.

    Returns:
        The content of ``metrics.json``.
    """
    held = held_mb() if forget_peak() else None
    start, cpu_start = time.perf_counter(), time.process_time()
    model.fit()
    seconds, cpu_seconds = round(time.perf_counter() - start, 3), round(time.process_time() - cpu_start, 3)
    peak = peak_beyond(held)
    costs = {
        "parameters": model.size,
        "best_epoch": 0,
        "epochs": 0,
        "fit_seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "seconds_per_epoch": None,
        "peak_memory_mb": None if peak is None else round(peak, 1),
        "seconds_to_best": seconds,
    }
    model.save(folder.fitted)
    (validation,) = evaluator.validate(model, datamodule=data, verbose=False)
    RUN_LOG.info("fitted in %.1f s  %s %.4f", seconds, model.monitor, validation[model.monitor])
    evaluator.test(model, datamodule=data, verbose=False)
    return run_results(description, costs, {**validation} | tested_metrics(evaluator, model))
