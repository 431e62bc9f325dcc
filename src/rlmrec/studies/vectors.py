"""Vectors of a trained model, and what they came from."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from rlmrec.building import PARTS, build
from rlmrec.data.dataset import Dataset
from rlmrec.errors import MissingFilesError
from rlmrec.graph import Graph, Interactions
from rlmrec.recommender import Recommender
from rlmrec.runs.checkpoints import read_checkpoint
from rlmrec.studies.run import Run


@dataclass(frozen=True)
class Trained:
    """The best weights of a run.

    Args:
        dataset: what it was trained on.
        ego: the layer-0 table, ``(N, d)``, users first.
        nodes: the vectors that are scored, ``(N, D)``.
        interactions: the training interactions.
    """

    dataset: Dataset
    ego: torch.Tensor
    nodes: np.ndarray
    interactions: Interactions

    @classmethod
    def load(
        cls, run: Run, parts_of: Callable[[dict[str, Any]], dict[str, Any]], datasets: dict[str, Any]
    ) -> "Trained":
        """Rebuild the model of a run.

        Args:
            run: the run.
            parts_of: makes the parts of a run from its options.
            datasets: those loaded before, by their options; a new one is added.

        Raises:
            UserError: if the dataset or the weights are missing, damaged or do not fit.
        """
        if not run.folder.best.is_file():
            raise MissingFilesError(f"{run.folder.best} is missing")
        parts = parts_of(run.options)
        key = json.dumps(run.options["dataset"], sort_keys=True)
        if key not in datasets:
            datasets[key] = parts["dataset"].load()
        data, model = build(datasets[key], **{name: parts[name] for name in PARTS if name in parts})
        checkpoint = read_checkpoint(run.folder.best)
        model.on_load_checkpoint(checkpoint)
        model.load_state_dict(checkpoint["state_dict"])
        return cls(datasets[key], model.backbone.ego.detach(), _nodes(model), data.interactions)

    @cached_property
    def layers(self) -> list[np.ndarray]:
        """The layer-0 table and what up to three propagations on the training graph make of it, ``(N, d)`` each."""
        graph, layer = Graph.from_interactions(self.interactions), self.ego
        layers = [layer]
        for _ in range(3):
            layer = graph.propagate(layer)
            layers.append(layer)
        return [part.numpy() for part in layers]


def _nodes(model: Recommender) -> np.ndarray:
    model.eval()
    return torch.cat(model.embed()).numpy()


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Similarity of two sets of vectors of the same things, 0 to 1, blind to rotation and scale; NaN for constant ones.

    Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019).

    Args:
        x: ``(n, d)``.
        y: ``(n, e)``.
    """
    x, y = (part.astype(np.float64) - part.mean(axis=0, dtype=np.float64) for part in (x, y))
    norms = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / norms) if norms > 0 else float("nan")
