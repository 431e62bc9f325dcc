"""Test the stored weights of a run again."""

from collections.abc import Callable

import pytorch_lightning as pl

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone
from rlmrec.building import build_recommender
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.errors import MissingFilesError
from rlmrec.recommender import Recommender
from rlmrec.runs.folder import RunFolder
from rlmrec.text.control import TextControl


def evaluate(
    folder: RunFolder,
    dataset: Dataset,
    datamodule: Callable[..., InteractionDataModule],
    backbone: Callable[..., Backbone],
    align: Callable[..., Aligner],
    recommender: Callable[..., Recommender],
    text_control: TextControl,
    trainer: Callable[..., pl.Trainer],
    seed: int,
) -> dict[str, float]:
    """Test metrics of the best weights of a run, by name.

    Args:
        folder: the run's folder.
        dataset: what it was trained on.
        datamodule: called with the dataset.
        backbone: called with the training interactions.
        align: called with profiles and widths.
        recommender: called with the parts.
        text_control: replaces the profile vectors in experiments.
        trainer: called without loggers.
        seed: of the run.

    Raises:
        MissingFilesError: if the run has no best checkpoint.
        UserError: if the checkpoint was trained on another dataset.
    """
    if not folder.best.is_file():
        raise MissingFilesError(f"{folder.best} is missing: the run never validated; go on with resume={folder.path}")
    data = datamodule(dataset, seed=seed)
    model = build_recommender(dataset, data.interactions, backbone, align, recommender, seed, text_control)
    tester = trainer(logger=False, callbacks=[], enable_checkpointing=False)
    tester.test(model, datamodule=data, ckpt_path=folder.best, weights_only=True, verbose=False)
    return {name: float(value) for name, value in tester.callback_metrics.items()}
