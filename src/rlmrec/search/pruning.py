"""Early termination of trials that fall behind the others in a search."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytorch_lightning as L
from pydantic import NonNegativeInt

from rlmrec.common.monitor import MONITOR

if TYPE_CHECKING:
    from optuna.trial import Trial


class Pruning(L.Callback):
    """Report every validation to the study and stop if the pruner decides so; the best weights are still tested.

    Has no effect unless the trial is running in a search, e.g. if its run is resumed on its own.

    Args:
        folder: folder of the search.
        trial: number of the trial in the study.
        pruner: an Optuna pruner.
        monitor: validation metric; greater is better.
    """

    def __init__(self, folder: str, trial: NonNegativeInt | None, pruner: Any, monitor: str = MONITOR) -> None:
        self.folder = Path(folder)
        self.number = trial
        self.pruner = pruner
        self.monitor = monitor
        self.trial: Trial | None = None

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.is_global_zero and self.number is not None:
            self.trial = self._running_trial(self.number)

    def _running_trial(self, number: int) -> "Trial | None":
        from optuna import load_study
        from optuna.trial import Trial, TrialState

        from rlmrec.search.storage import FILE, STUDY, storage

        if not (self.folder / FILE).is_file():
            return None
        study = load_study(study_name=STUDY, storage=storage(self.folder), pruner=self.pruner)
        found = study.get_trials(deepcopy=False)[number]
        return Trial(study, found._trial_id) if found.state == TrialState.RUNNING else None

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        stop = False
        if self.trial:
            self.trial.report(float(trainer.callback_metrics[self.monitor]), trainer.current_epoch)
            stop = self.trial.should_prune()
            if stop:
                self.trial.set_user_attr("pruned", True)
        trainer.should_stop = trainer.strategy.broadcast(stop) or trainer.should_stop
