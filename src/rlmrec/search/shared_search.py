"""A search in a folder: an Optuna study that processes share and that can be resumed after any interruption."""

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any

import optuna
from filelock import Timeout
from hydra.core.utils import JobReturn, JobStatus
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.processes.locks import lock_file
from rlmrec.runs.folder import RunFolder
from rlmrec.search.storage import FILE, STUDY, storage

Sampler = Callable[..., optuna.samplers.BaseSampler]


class SharedSearch:
    """The trials of a search, shared by every process that enters it.

    Each process holds a lock while it lives, which the operating system releases however it ends, so that others know
    which trials are still running. Proposals depend only on the seed, the number of trials and their outcomes, so that
    an interrupted search proposes the same trials as an uninterrupted one.

    Args:
        folder: folder of the search.
        space: distributions by option.
        fixed: overrides shared by all trials; a folder holds one set of them.
        monitor: validation metric; greater is better.
        sampler: factory of a sampler, called with a seed.
        seed: seed of the search.

    Raises:
        UserError: if the folder holds a search with other options.
    """

    def __init__(
        self,
        folder: Path,
        space: dict[str, BaseDistribution],
        fixed: list[str],
        monitor: str,
        sampler: Sampler,
        seed: int,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.folder, self.space, self.monitor, self.sampler, self.seed = folder, space, monitor, sampler, seed
        folder.mkdir(parents=True, exist_ok=True)
        self.owner = uuid.uuid4().hex
        self.owners = folder / ".owners"
        self.owners.mkdir(exist_ok=True)
        self.alive = lock_file(self.owners / self.owner)
        self.lock = lock_file(folder / ".study.lock")
        with self.lock:
            self.study = optuna.create_study(
                storage=storage(folder), study_name=STUDY, direction="maximize", load_if_exists=True
            )
            self._keep("options", sorted(fixed))
            self._keep("monitor", monitor)
            self._keep("space", {name: repr(space[name]) for name in sorted(space)})

    def _keep(self, name: str, value: Any) -> None:
        """Store a property of the search, or check that it equals the stored one."""
        before = self.study.user_attrs.get(name, value)
        if before != value:
            raise UserError(
                f"{self.folder / FILE} is a search with other {name}: {json.dumps(before)}, now {json.dumps(value)}; "
                "choose another hydra.sweep.dir"
            )
        self.study.set_user_attr(name, value)

    def __enter__(self) -> "SharedSearch":
        with self.lock:
            for path in self.owners.iterdir():
                self._is_abandoned(path.name)  # removes lock files of killed processes
            self.alive.acquire()
            self._recover_abandoned()  # also here, since a search with no hours left never calls ask()
        return self

    def __exit__(self, *_: object) -> None:
        self.alive.release()
        (self.owners / self.owner).unlink(missing_ok=True)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Return all trials in the order of their numbers."""
        return self.study.get_trials(deepcopy=False)

    def start_from(self, values: dict[str, Any]) -> None:
        """Try these values first, unless there are trials already."""
        with self.lock:
            if not self.trials:
                self.study.enqueue_trial(values)

    def ask(self, total: int, count: int) -> list[Trial]:
        """Return up to ``count`` new trials, as long as there are fewer than ``total``; empty if the search is done."""
        with self.lock:
            self._recover_abandoned()
            return [self._ask() for _ in range(min(count, total - self._begun()))]

    def _begun(self) -> int:
        """Return the number of trials that count; failures of earlier processes do not, as their cause may be fixed."""
        return sum(self._counts(trial) for trial in self.trials)

    def _counts(self, trial: FrozenTrial) -> bool:
        if trial.state == TrialState.FAIL:
            return "killed" not in trial.user_attrs and trial.user_attrs.get("owner") == self.owner
        return trial.state != TrialState.WAITING

    def _ask(self) -> Trial:
        # Includes failed trials, so that they are not proposed again, but not killed ones, so that their replacements
        # are what would have been proposed without the interruption.
        proposed = sum(t.state != TrialState.WAITING and "killed" not in t.user_attrs for t in self.trials)
        self.study.sampler = self.sampler(seed=self.seed + proposed)
        trial = self.study.ask(self.space)
        trial.set_user_attr("owner", self.owner)
        return trial

    def _recover_abandoned(self) -> None:
        for trial in self.trials:
            if trial.state == TrialState.RUNNING:
                self._recover(trial)

    def _recover(self, trial: FrozenTrial) -> None:
        """Take over a trial whose process is gone: record its results if there are any, otherwise repeat it."""
        if not self._is_abandoned(trial.user_attrs.get("owner")):
            return
        run = RunFolder(self.folder / f"trial-{trial.number}")
        if run.metrics.is_file():
            self._tell(trial.number, run.metric(self.monitor))
            return
        Trial(self.study, trial._trial_id).set_user_attr("killed", True)
        self.study.tell(trial.number, state=TrialState.FAIL)
        if trial.params.keys() == self.space.keys():
            self.study.enqueue_trial(trial.params)

    def _is_abandoned(self, owner: str | None) -> bool:
        if owner == self.owner:
            return False
        path = self.owners / str(owner)
        with suppress(Timeout), lock_file(path).acquire(timeout=0):
            path.unlink()
            return True
        return False

    def tell(self, trial: Trial, job: JobReturn) -> Exception | None:
        """Record the outcome of a trial.

        Returns:
            The error of the job if it failed, otherwise None.
        """
        error = job._return_value
        if job.status == JobStatus.COMPLETED:
            value = float(job.return_value)
            if isfinite(value):
                self._tell(trial.number, value)
                return None
            error = UserError(f"{self.monitor} of trial {trial.number} is {value}: a search needs a number")
        trial.set_user_attr("error", one_line(error))
        self.study.tell(trial, state=TrialState.FAIL)
        return error

    def _tell(self, number: int, value: float) -> None:
        pruned = "pruned" in self.trials[number].user_attrs
        if pruned:
            self.study.tell(number, state=TrialState.PRUNED)
        else:
            self.study.tell(number, value)
