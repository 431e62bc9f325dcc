"""A run folder as an object: results, options, and the model with its data."""

from functools import cached_property
from pathlib import Path
from typing import Any

from rlmrec.api.build import Built, build
from rlmrec.common.errors import MissingFilesError
from rlmrec.common.program import argument
from rlmrec.common.silence import silence
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.runs.folder import RunFolder
from rlmrec.training.ranker import Ranker
from rlmrec.training.testing.retest import load_weights


class StoredRun:
    """A stored run with trained weights, whose data and model are loaded on first access.

    Args:
        folder: folder of the run.
        options: options of the run.
        results: content of ``metrics.json``; read on first access by default.
        dataset: dataset to use instead of the one in the options.
        description: one sentence on the origin of the data; by default that of the dataset, which is then loaded.
    """

    def __init__(
        self,
        folder: RunFolder,
        options: dict[str, Any],
        results: dict[str, Any] | None = None,
        dataset: Dataset | None = None,
        description: str | None = None,
    ) -> None:
        self.folder = folder
        self.options = options
        self._results = results
        self._dataset = dataset
        self._description = description

    def __repr__(self) -> str:
        names, seed = self.options["names"], self.options["seed"]
        return f"{type(self).__name__}({str(self.path)!r}, {names['backbone']}, {names['align']}, seed {seed})"

    @property
    def path(self) -> Path:
        """Return the run's folder."""
        return self.folder.path

    @property
    def results(self) -> dict[str, Any]:
        """Return the content of ``metrics.json``: names, epochs, costs and metrics.

        Raises:
            MissingFilesError: if the run is not finished.
        """
        if self._results is None:
            if not self.folder.metrics.is_file():
                raise MissingFilesError(
                    f"{self.folder.metrics} is missing: finish the run with {argument('resume', self.path)}"
                )
            self._results = self.folder.results()
        return self._results

    @property
    def metrics(self) -> dict[str, float]:
        """Return validation metrics of the best epoch and test metrics by name, e.g. ``test/recall@20``."""
        return self.results.get("metrics", {})

    @cached_property
    def _built(self) -> Built:
        silence()
        built = build(self.options, self._dataset)
        load_weights(self.folder, built.model)
        built.model.eval()
        return built

    @property
    def model(self) -> Ranker:
        """Return the model with its best weights in evaluation mode."""
        return self._built.model

    @property
    def data(self) -> InteractionDataModule:
        """Return the data module of the training data; its loaders work without a Trainer."""
        return self._built.data

    @property
    def dataset(self) -> Dataset:
        """Return the dataset as seen in training, including text ablation."""
        return self.data.dataset

    @property
    def description(self) -> str:
        """Return one sentence on the origin of the data."""
        return self.dataset.description if self._description is None else self._description
