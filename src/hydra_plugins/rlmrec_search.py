"""Hyper-parameter search as a Hydra sweeper; Hydra only looks for sweepers in this namespace."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


class SearchSweeper(Sweeper):
    """Searches hyper-parameters with Optuna; each trial is an ordinary job of the launcher that reports its metric.

    Args:
        n_trials: total number of trials, over all starts of the search.
        n_jobs: number of trials launched at a time.
        seed: seed of the sampler.
        sampler: partial configuration of an Optuna sampler, called with ``seed``.
        params: sweeps in Hydra's syntax by option to search; the command line takes precedence.
        max_hours: hours of training (CPU time, or duration on a GPU) after which no trial starts; None for no limit.
    """

    def __init__(
        self,
        n_trials: Annotated[int, Ge(0)],
        n_jobs: Annotated[int, Ge(1)],
        seed: Annotated[int, Ge(0)],
        sampler: Any,
        params: Any,
        max_hours: Annotated[float, Ge(0)] | None = None,
    ) -> None:
        self.n_trials = n_trials
        self.n_jobs = n_jobs
        self.seed = seed
        self.sampler = sampler
        self.max_hours = max_hours
        self.params = {str(name): None if sweep is None else str(sweep) for name, sweep in params.items()}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context = hydra_context
        self.config = config
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> float | None:
        """Search until ``n_trials`` trials are done.

        Returns:
            The best validation metric.

        Raises:
            UserError: if the search space is invalid, or the folder holds a search with other options.
            Exception: the error of the last failed trial, raised after all trials.
        """
        trials, failed = self.search(arguments)
        if failed is not None:
            raise failed
        from rlmrec.search.best import best_of

        best = best_of(trials)
        return None if best is None else best.value

    def search(self, arguments: list[str]) -> tuple[Sequence[Any], Exception | None]:
        """Search, print the trials and store the best one as a preset.

        Returns:
            All trials, and the error of the last failed trial of this process, if any.

        Raises:
            UserError: if the search space is invalid, or the folder holds a search with other options.
        """
        # Late imports, since Hydra loads this file for every command.
        from rlmrec.search import require_optuna

        require_optuna()
        from hydra.utils import instantiate

        from rlmrec.api import parts_mismatch
        from rlmrec.common.errors import UserError
        from rlmrec.options.run_name import NEUTRAL
        from rlmrec.options.validate_options import validate_options
        from rlmrec.search.best import Best
        from rlmrec.search.shared_search import SharedSearch
        from rlmrec.search.space import parse, starting_point, words
        from rlmrec.search.table import print_progress, print_trials

        if self.config.study is not None:
            raise UserError("hparams=optuna searches, experiment=... and study=... sweep: leave out one or the other")
        validate_options({"hydra": {"sweeper": OmegaConf.to_container(self.config.hydra.sweeper)}})
        space, fixed = parse(self.params, arguments)
        loader = self.hydra_context.config_loader
        defaults = loader.load_sweep_config(self.config, fixed)
        loader.load_sweep_config(self.config, [*fixed, *words(starting_point(space, defaults))])  # checks the names
        parts = {name: OmegaConf.to_container(defaults[name], resolve=True) for name in ("backbone", *NEUTRAL)}
        if reason := parts_mismatch(parts):  # every trial would fail
            raise UserError(reason)
        folder = Path(self.config.hydra.sweep.dir).absolute()
        best = Best(folder, defaults, fixed)
        failed = None
        sampler, monitor = instantiate(self.sampler), defaults.evaluation.monitor
        with SharedSearch(folder, space, fixed, monitor, sampler, self.seed) as study:
            study.start_from(starting_point(space, defaults))
            while self._has_time(folder) and (trials := study.ask(self.n_trials, self.n_jobs)):
                jobs = [[*fixed, f"callbacks.pruning.trial={trial.number}", *words(trial.params)] for trial in trials]
                returned = self.launcher.launch(jobs, initial_job_idx=trials[0].number)
                for trial, job in zip(trials, returned, strict=True):
                    failed = study.tell(trial, job) or failed
                    print_progress(study.trials, trial.number, self.n_trials)
                with study.lock:  # so that an older best trial does not replace a newer one
                    best.write(study.trials)
        print_trials(study.trials, folder)
        if best.file.is_file():
            print(f"best preset: {best.file}; train it with\n{best.command}")
        return study.trials, failed

    def _has_time(self, folder: Path) -> bool:
        from rlmrec.search.leaderboard import hours_of

        return self.max_hours is None or hours_of(sorted(folder.glob("trial-*"))) < self.max_hours
