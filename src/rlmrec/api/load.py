"""Loading of a trained model from a run folder."""

import logging
from collections.abc import Sequence
from pathlib import Path

from rlmrec.api.trained_run import TrainedRun
from rlmrec.common.errors import MissingFilesError
from rlmrec.common.program import how_to_resume
from rlmrec.data.dataset import Dataset
from rlmrec.runs.contents import RunOptions
from rlmrec.runs.folder import RunFolder

log = logging.getLogger(__name__)


def load(run: str | Path, dataset: Dataset | None = None, trust: Sequence[str] = ()) -> TrainedRun:
    """Return a trained run, whose data and model are loaded on first access.

    Args:
        run: folder of the run.
        dataset: dataset to use instead of the one in the run's options.
        trust: packages whose classes the run's options may name besides the project's own, and whose code is executed;
            also addresses from which the run's options may fetch (docs/security.md).

    Raises:
        UserError: if the folder holds no run, or its options name classes that are neither the project's nor trusted.
        MissingFilesError: if the run has no trained weights.

    Examples:
        >>> run = load("outputs/bookshelf/lightgcn-contrastive/2026-01-31_12-00-00-000000")
        >>> run.item_embeddings(["Dune"]).shape
        (1, 32)
    """
    folder = RunFolder.existing(run, "run", trust)
    if not folder.best.is_file() and not folder.fitted.is_file():
        raise MissingFilesError(f"{folder.best} is missing: the run never validated, so there is nothing to load")
    if not folder.metrics.is_file():
        log.warning("%s is not finished, these are its best weights so far: %s", run, how_to_resume(folder.path))
    return TrainedRun(folder, folder.options(RunOptions), dataset=dataset)
