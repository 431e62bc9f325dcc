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
    """A run with trained weights, as it was left; data and model are made when first asked for.

    Args:
        folder: of the run.
        options: the run's options.
        results: the content of ``metrics.json``; read when first asked for by default.
        dataset: used instead of the one that the options name.
        description: one sentence on where the data come from; the dataset's, which is then loaded, by default.
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
        """Return the content of ``metrics.json``: names, epochs, cost and metrics.

        Raises:
            MissingFilesError: if the run did not finish.
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
        """Return validation metrics of the best epoch, and test metrics, by name, e.g. ``test/recall@20``."""
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
        """Return the model with its best weights, in evaluation mode."""
        return self._built.model

    @property
    def data(self) -> InteractionDataModule:
        """Return the batches it was trained on; the loaders work without a Trainer."""
        return self._built.data

    @property
    def dataset(self) -> Dataset:
        """Return the dataset as training saw it, text ablation included."""
        return self.data.dataset

    @property
    def description(self) -> str:
        """One sentence on where the data come from."""
        return self.dataset.description if self._description is None else self._description
