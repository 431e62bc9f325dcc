"""Training up to early stopping, and the test of the best weights."""

from collections.abc import Callable, Mapping
from typing import Any

import pytorch_lightning as L
from pytorch_lightning.loggers import Logger

from rlmrec.common.errors import UserError
from rlmrec.common.program import how_to_resume
from rlmrec.common.room import lacks_room
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.training.callbacks import (
    CudaGraph,
    Efficiency,
    MatmulPrecision,
    PerUserMetrics,
    ProcessSetup,
    Recommendations,
    StopOnSignal,
    SubnormalNumbers,
    efficiency,
)
from rlmrec.training.checkpoints import Checkpoint, Restored, SparingCheckpointIO, SparingWrites, read_checkpoint
from rlmrec.training.fitted.at_once import fit_at_once
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.learning_rate import try_schedule
from rlmrec.training.loggers.closable import Closable
from rlmrec.training.loggers.making import make_loggers
from rlmrec.training.process_group import ended_together
from rlmrec.training.ranker import Ranker
from rlmrec.training.recommender import Recommender
from rlmrec.training.testing.results import run_results, tested_metrics
from rlmrec.training.trainer import determinism_given_back, make_trainer, own_option, time_limit


@determinism_given_back()
def fit_and_test(
    folder: RunFolder,
    description: RunDescription,
    model: Ranker,
    data: InteractionDataModule,
    trainer: Callable[..., L.Trainer],
    logger: Mapping[str, Callable[..., Logger]],
    callbacks: Mapping[str, L.Callback],
    held_before: float | None = None,
) -> dict[str, Any]:
    """Train, select the best weights by the model's validation metric, test them once, and write the results.

    Training resumes after the epoch of the last checkpoint if the folder holds one. Fitted backbones are fitted
    directly.

    Args:
        folder: run folder, to which everything is written.
        description: names and seed of the run.
        model: model to train.
        data: training, validation and test batches.
        trainer: factory, called with callbacks and loggers.
        logger: logger factories by name, called as described in ``make_loggers``.
        callbacks: callbacks in addition to checkpoints, timer and signal handling.
        held_before: memory in MB that the process held before the model was built, if known.

    Returns:
        The content of ``metrics.json``.

    Raises:
        UserError: if a part does not fit, the disk is full, or a process of distributed training is killed.
        Interrupted: on a signal.
    """
    resume = how_to_resume(folder.path)
    restored = Restored()
    files = SparingCheckpointIO(folder.best, folder.last, own_option(trainer, "checkpoint_every_seconds"))
    checkpoints = [
        Checkpoint(folder.best.parent, "best", monitor=model.monitor, mode="max", save_on_train_epoch_end=False),
        Checkpoint(folder.last.parent, "last", save_on_train_epoch_end=True),
        SparingWrites(files),
    ]
    fitter = make_trainer(
        trainer,
        logger=make_loggers(logger, folder, description),
        callbacks=[
            *callbacks.values(),
            ProcessSetup(),
            SubnormalNumbers(),
            MatmulPrecision(own_option(trainer, "matmul_precision")),
            time_limit(trainer),
            Efficiency(held_before),
            StopOnSignal(f"interrupted; {resume}"),
            PerUserMetrics(folder.per_user, data.dataset.users["external_id"]),
            Recommendations(data.evaluated, folder.recommendations),
            *checkpoints,
            restored,
            CudaGraph(own_option(trainer, "cuda_graph")),
        ],
        plugins=[files],
        default_root_dir=folder.path,
    )
    if isinstance(model, Recommender) and model.make_scheduler:
        try_schedule(model.make_optimizer, model.make_scheduler, fitter.max_epochs or -1)
    results = None
    try:
        with ended_together(fitter, resume):
            if isinstance(model, FittedRecommender):
                results = fit_at_once(folder, description, model, data, fitter)
            else:
                assert isinstance(model, Recommender)
                results = _fit_and_test(folder, description, model, data, fitter, restored)
        if fitter.is_global_zero:
            folder.write_results(results)
    except Exception as error:
        if not lacks_room(error):
            raise
        raise UserError(f"no room is left on the disk for {folder.path}: make room, then {resume}") from error
    finally:
        for used in fitter.loggers:
            if isinstance(used, Closable):
                used.close(results, data.dataset)
    return results


def _fit_and_test(
    folder: RunFolder,
    description: RunDescription,
    model: Recommender,
    data: InteractionDataModule,
    fitter: L.Trainer,
    restored: Restored,
) -> dict[str, Any]:
    resumed = folder.last if folder.last.exists() else None
    if resumed:
        read_checkpoint(resumed)
    with restored.from_file(resumed):
        fitter.fit(model, datamodule=data, ckpt_path=resumed, weights_only=True)
    if not folder.best.exists():
        raise UserError("training ended before the first validation: raise trainer.max_steps or trainer.max_time")
    with restored.from_file(folder.best):
        fitter.test(model, datamodule=data, ckpt_path=folder.best, weights_only=True, verbose=False)
    with restored.from_file(folder.best):
        return _results(folder, description, model, fitter)


def _results(folder: RunFolder, description: RunDescription, model: Recommender, trainer: L.Trainer) -> dict[str, Any]:
    best, last = read_checkpoint(folder.best), read_checkpoint(folder.last)
    costs = {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "best_epoch": best["epoch"],
        "epochs": last["epoch"] + 1,
        # Over all starts of the run, and from the file, since the training processes may have ended.
        "fit_seconds": round(last["callbacks"]["Timer"]["time_elapsed"]["train"], 3),
        **efficiency(last["callbacks"]),
        "seconds_to_best": round(best["callbacks"]["Timer"]["time_elapsed"]["train"], 3),
    }
    return run_results(description, costs, best["validation_metrics"] | tested_metrics(trainer, model))
