"""Embeddings of trained models, and how alike two sets of embeddings are."""

import json
from functools import cached_property

import numpy as np

from rlmrec.api import TrainedRun, load, load_dataset
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.graph import Graph
from rlmrec.report.finished_run import FinishedRun


class ExcludedError(UserError):
    """A section, or a part of it, that cannot be made; the message says why."""


class TrainedEmbeddings:
    """The embeddings of a run's best weights.

    Args:
        run: the trained run.
    """

    def __init__(self, run: TrainedRun) -> None:
        self.run = run
        self.dataset: Dataset = run.dataset
        self.nodes = np.concatenate([run.user_embeddings(), run.item_embeddings()])
        """Return the embeddings that are scored, users first, ``(N, D)``."""

    @cached_property
    def layers(self) -> list[np.ndarray]:
        """Return the initial embeddings after 0 to 3 propagations on the training graph, ``(N, d)`` each."""
        graph = Graph.from_interactions(self.run.data.interactions)
        layers = [self.run.model.backbone.initial_embeddings.detach()]
        for _ in range(3):
            layers.append(graph.propagate(layers[-1]))
        return [layer.numpy() for layer in layers]


class TrainedModels:
    """Trained models of finished runs, loaded when first asked for; runs on the same data share it."""

    def __init__(self) -> None:
        self._datasets: dict[str, Dataset] = {}
        self._loaded: dict[FinishedRun, TrainedEmbeddings | str] = {}

    def of(self, run: FinishedRun) -> TrainedEmbeddings:
        """Return the embeddings of a run.

        Raises:
            ExcludedError: if its dataset or its weights are not there any more.
        """
        if run not in self._loaded:
            try:
                self._loaded[run] = self._load(run)
            except (UserError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
                self._loaded[run] = f"{run.folder.path} cannot be rebuilt: {' '.join(str(error).split())}"
        found = self._loaded[run]
        if isinstance(found, str):
            raise ExcludedError(found)
        return found

    def _load(self, run: FinishedRun) -> TrainedEmbeddings:
        key = json.dumps(run.options["dataset"], sort_keys=True)
        if key not in self._datasets:
            self._datasets[key] = load_dataset(run.options, download=False)
        return TrainedEmbeddings(load(run.folder.path, self._datasets[key]))


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Return how alike two sets of embeddings of the same things are, 0 to 1, blind to rotation and scale.

    Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019).

    Args:
        x: ``(n, d)``.
        y: ``(n, e)``.

    Returns:
        The similarity; NaN for constant embeddings.
    """
    x, y = (part.astype(np.float64) - part.mean(axis=0, dtype=np.float64) for part in (x, y))
    norms = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / norms) if norms > 0 else float("nan")
