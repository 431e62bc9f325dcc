"""Repetition of the test of a run's stored weights."""

from collections.abc import Callable

import pytorch_lightning as L

from rlmrec.common.errors import MissingFilesError
from rlmrec.common.program import argument
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.runs.folder import RunFolder
from rlmrec.training.callbacks.process_setup import ProcessSetup
from rlmrec.training.checkpoints import AtomicCheckpointIO, Restored, read_checkpoint
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.ranker import Ranker
from rlmrec.training.testing.results import tested_metrics
from rlmrec.training.trainer import determinism_given_back, make_trainer


@determinism_given_back()
def retest(
    folder: RunFolder, model: Ranker, data: InteractionDataModule, trainer: Callable[..., L.Trainer]
) -> dict[str, float]:
    """Return test metrics, by name, of the best weights of a run.

    Args:
        folder: run folder.
        model: model built as for the run.
        data: batches of the run.
        trainer: factory, called without loggers.

    Raises:
        MissingFilesError: if the run has no best checkpoint.
        UserError: if the checkpoint was trained on another dataset.
    """
    restored = Restored()
    tester = make_trainer(
        trainer,
        logger=False,
        enable_checkpointing=False,
        callbacks=[restored, ProcessSetup()],
        plugins=[AtomicCheckpointIO()],
        default_root_dir=folder.path,
    )
    if isinstance(model, FittedRecommender):
        model.load(folder.fitted)
        tester.test(model, datamodule=data, verbose=False)
        return tested_metrics(tester, model)
    if not folder.best.is_file():
        raise MissingFilesError(
            f"{folder.best} is missing: the run never validated; resume it with {argument('resume', folder.path)}"
        )
    read_checkpoint(folder.best)
    with restored.from_file(folder.best):
        tester.test(model, datamodule=data, ckpt_path=folder.best, weights_only=True, verbose=False)
    return tested_metrics(tester, model)


def load_weights(folder: RunFolder, model: Ranker) -> None:
    """Load the best weights of a run into a model that was built as for the run.

    Raises:
        MissingFilesError: if the run has no best checkpoint.
        UserError: if the checkpoint was trained on another dataset, or its weights do not fit.
    """
    if isinstance(model, FittedRecommender):
        model.load(folder.fitted)
        return
    if not folder.best.is_file():
        raise MissingFilesError(f"{folder.best} is missing")
    checkpoint = read_checkpoint(folder.best)
    with Restored().from_file(folder.best):
        model.on_load_checkpoint(checkpoint)
        model.load_state_dict(checkpoint["state_dict"])
