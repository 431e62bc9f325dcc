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
        self.evaluated: Dataset = run.data.evaluated

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
    """Return the debiased linear CKA of two sets of embeddings, at most 1, invariant to rotation and scale.

    CKA is that of Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019), with the
    unbiased estimator of HSIC of Song et al., "Feature Selection via Dependence Maximization" (JMLR 2012), as in
    Nguyen et al., "Do Wide and Deep Networks Learn the Same Things?" (ICLR 2021). The biased estimator is above 0 for
    unrelated embeddings, the more so the wider they are and the fewer objects there are; this one is about 0, and can
    be slightly negative.

    Args:
        x: embeddings of shape ``(n, d)``.
        y: embeddings of the same objects, shape ``(n, e)``.

    Returns:
        The similarity; NaN for constant embeddings, and for fewer than four objects.
    """
    if len(x) < 4:
        return float("nan")
    # The estimator does not depend on the means; without them, its terms are smaller and their errors too.
    x, y = (part.astype(np.float64) - part.mean(axis=0, dtype=np.float64) for part in (x, y))
    own = _unbiased_hsic(x, x) * _unbiased_hsic(y, y)
    return float(_unbiased_hsic(x, y) / np.sqrt(own)) if own > 0 else float("nan")


def _unbiased_hsic(x: np.ndarray, y: np.ndarray) -> float:
    """Return the unbiased HSIC under linear kernels, times ``n (n - 3)``, without matrices of shape ``(n, n)``.

    With the kernels K and L, whose diagonals k and l are set to zero, the estimator of Song et al. is
    ``tr(K L) + sum(K) sum(L) / ((n - 1)(n - 2)) - 2 / (n - 2) sum(K L)``. Products of features give each term:
    ``tr(K L) = |x^T y|^2 - k . l``, and the row sums of K, which give the others, are ``x (x^T 1) - k``.

    Args:
        x: features of shape ``(n, d)``, n at least 4.
        y: features of the same objects, shape ``(n, e)``.
    """
    n = len(x)
    diagonal, other_diagonal = (np.square(part).sum(axis=1) for part in (x, y))
    rows, other_rows = x @ x.sum(axis=0) - diagonal, y @ y.sum(axis=0) - other_diagonal
    trace = np.square(x.T @ y).sum() - diagonal @ other_diagonal
    return float(trace + rows.sum() * other_rows.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (rows @ other_rows))
