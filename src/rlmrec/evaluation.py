"""Test the stored weights of a run again."""

from collections.abc import Callable

import pytorch_lightning as pl

from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.errors import MissingFilesError
from rlmrec.recommender import Recommender
from rlmrec.runs.callbacks import Recommendations
from rlmrec.runs.checkpoints import read_checkpoint
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.trainer_making import make_trainer


def evaluate(
    folder: RunFolder, model: Recommender, data: InteractionDataModule, trainer: Callable[..., pl.Trainer]
) -> dict[str, float]:
    """Test metrics of the best weights of a run, by name.

    Args:
        folder: the run's folder.
        model: built as for the run.
        data: what it was trained on.
        trainer: called without loggers.

    Raises:
        MissingFilesError: if the run has no best checkpoint.
        UserError: if the checkpoint was trained on another dataset.
    """
    if not folder.best.is_file():
        raise MissingFilesError(f"{folder.best} is missing: the run never validated; go on with resume={folder.path}")
    read_checkpoint(folder.best)
    tester = make_trainer(trainer, logger=False, callbacks=[Recommendations(data.dataset)], enable_checkpointing=False)
    tester.test(model, datamodule=data, ckpt_path=folder.best, weights_only=True, verbose=False)
    return measured(tester, model)


def measured(tester: pl.Trainer, model: Recommender) -> dict[str, float]:
    """What a test measured, by name, accuracy before everything else."""
    values = {name: float(value) for name, value in tester.callback_metrics.items() if name.startswith("test/")}
    accuracy = {f"test/{name}" for name in model.metrics.names}
    return dict(sorted(values.items(), key=lambda pair: pair[0] not in accuracy))
