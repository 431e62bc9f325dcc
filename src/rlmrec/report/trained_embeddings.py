"""Embeddings of trained models, and a similarity of two sets of embeddings."""

import json
from functools import cached_property

import numpy as np

from rlmrec.api import TrainedRun, load, load_dataset
from rlmrec.backbones import Backbone
from rlmrec.common.errors import UserError, one_line
from rlmrec.data.dataset import Dataset
from rlmrec.graph import Graph
from rlmrec.report.finished_run import FinishedRun


class ExcludedError(UserError):
    """A section, or a part of it, cannot be created; the message gives the reason."""


class TrainedEmbeddings:
    """The embeddings of a run with its best weights.

    Args:
        run: trained run.
    """

    def __init__(self, run: TrainedRun) -> None:
        self.run = run
        self.dataset: Dataset = run.dataset

    @cached_property
    def nodes(self) -> np.ndarray:
        """Return the embeddings whose dot products are the scores, users first, ``(N, D)``.

        Raises:
            ExcludedError: if the model does not score by embeddings.
        """
        found = self.run.served.embeddings
        if found is None:
            raise ExcludedError(f"{self.run.path} has no embeddings: its scores come from other matrices")
        return np.concatenate([found.users.cpu().numpy(), found.items.cpu().numpy()])

    @cached_property
    def layers(self) -> list[np.ndarray]:
        """Return the initial embeddings after 0 to 3 propagations on the training graph, each ``(N, d)``.

        Raises:
            ExcludedError: if the backbone has no embeddings.
        """
        backbone = self.run.model.backbone
        if not isinstance(backbone, Backbone) or not backbone.has_embeddings:
            raise ExcludedError(f"{self.run.path} has no initial embeddings: {type(backbone).__name__} has none")
        graph = Graph.from_interactions(self.run.data.interactions)
        layers = [backbone.initial_embeddings.detach()]
        for _ in range(3):
            layers.append(graph.propagate(layers[-1]))
        return [layer.numpy() for layer in layers]


class TrainedModels:
    """A cache of trained models, loaded on first access; runs with the same dataset options share the dataset."""

    def __init__(self) -> None:
        self._datasets: dict[str, Dataset] = {}
        self._loaded: dict[FinishedRun, TrainedEmbeddings | str] = {}

    def of(self, run: FinishedRun) -> TrainedEmbeddings:
        """Return the embeddings of a run.

        Raises:
            ExcludedError: if the model cannot be rebuilt, e.g. because its dataset or weights are gone.
        """
        if run not in self._loaded:
            try:
                self._loaded[run] = self._load(run)
            except Exception as error:  # code of other versions or other authors can raise anything
                self._loaded[run] = f"{run.folder.path} cannot be rebuilt: {one_line(error)}"
        found = self._loaded[run]
        if isinstance(found, str):
            raise ExcludedError(found)
        return found

    def _load(self, run: FinishedRun) -> TrainedEmbeddings:
        key = json.dumps(run.options.get("dataset"), sort_keys=True)
        if key not in self._datasets:
            self._datasets[key] = load_dataset(run.options, download=False)
        refuse_strangers(run, self._datasets[key])
        return TrainedEmbeddings(load(run.folder.path, self._datasets[key], run.folder.trust))


def refuse_strangers(run: FinishedRun, dataset: Dataset) -> None:
    """Refuse a run whose tables refer to users or items that are not in its dataset.

    Raises:
        ExcludedError: if there are any; the message names the table.
    """
    names = dataset.users["external_id"]
    if run.per_user is not None and len(run.per_user):
        users = run.per_user["user"]
        if int(users.max()) >= len(names) or not names.gather(users).equals(run.per_user["external_id"]):  # type: ignore
            raise ExcludedError(
                f"{run.folder.path}: {run.folder.per_user.name} is of other users than those of {dataset.name}"
            )
    lists = run.recommendations
    for kind, count in (("user", dataset.num_users), ("item", dataset.num_items)):
        if lists is not None and len(lists) and int(lists[kind].max()) >= count:  # type: ignore[arg-type]
            raise ExcludedError(
                f"{run.folder.path}: {run.folder.recommendations.name} is of other {kind}s than those of {dataset.name}"
            )


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Return the linear CKA of two sets of embeddings, 0 to 1, invariant to rotation and scale.

    Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019).

    Args:
        x: embeddings of shape ``(n, d)``.
        y: embeddings of the same objects, shape ``(n, e)``.

    Returns:
        The similarity; NaN for constant embeddings.
    """
    x, y = (part.astype(np.float64) - part.mean(axis=0, dtype=np.float64) for part in (x, y))
    norms = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / norms) if norms > 0 else float("nan")
