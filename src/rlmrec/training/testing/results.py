"""The results of a run."""

import time
from typing import Any

import pytorch_lightning as L

from rlmrec.runs.description import RunDescription
from rlmrec.training.ranker import Ranker


def tested_metrics(tester: L.Trainer, model: Ranker) -> dict[str, float]:
    """Return the metrics of a finished test by name, accuracy metrics first."""
    values = {name: float(value) for name, value in tester.callback_metrics.items() if name.startswith("test/")}
    accuracy = {f"test/{name}" for name in model.metrics.names}
    return dict(sorted(values.items(), key=lambda pair: pair[0] not in accuracy))


def run_results(description: RunDescription, costs: dict[str, Any], metrics: dict[str, float]) -> dict[str, Any]:
    """Return the content of ``metrics.json``.

    Args:
        description: names and seed of the run.
        costs: number of parameters and epochs, seconds and memory.
        metrics: validation metrics of the tested weights, and test metrics.
    """
    return {
        "experiment": description.experiment,
        "dataset": description.dataset,
        "data": description.data,
        "backbone": description.backbone,
        "align": description.align,
        "seed": description.seed,
        "embeddings": description.embeddings,
        "fingerprints": description.fingerprints,
        **costs,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "metrics": metrics,
    }
