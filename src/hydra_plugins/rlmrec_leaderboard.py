"""A leaderboard as a Hydra sweeper: a search for every row, then runs of its best options under several seeds."""

from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge
from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.errors import HydraException
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, read_write


class LeaderboardSweeper(Sweeper):
    """Gives every row the same budget: search trials, then a run of the best options per seed, within a time limit.

    Rows that cannot be trained, and shuffled controls of rows without text, are skipped. If the command is repeated,
    or runs several times at once, its processes share searches and runs, and resume interrupted ones.

    Args:
        n_trials: number of trials in the search of each row.
        max_hours: hours of training per row (CPU time, or duration on a GPU) after which no trial or run of it is
            started; None for no limit.
        widths: search space of the embedding dimension, for rows that have one but do not search it already.
        params: sweeps of backbone, align, fusion, init, seed and text_ablation; the command line takes precedence.
    """

    def __init__(
        self, n_trials: Annotated[int, Ge(1)], max_hours: Annotated[float, Ge(0)] | None, widths: str, params: Any
    ) -> None:
        self.n_trials, self.max_hours, self.widths, self.params = n_trials, max_hours, widths, params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context, self.task_function, self.config = hydra_context, task_function, config
        self.loader = hydra_context.config_loader
        chosen = config.hydra.runtime.choices
        self.experiment = f"experiment={chosen.experiment}"
        self.launcher: Any = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Run all rows one after another; a row that fails does not stop the others unless ``on_failure=stop``.

        Raises:
            UserError: if no row can be trained, or rows failed; the message names them.
        """
        # Late imports, since Hydra loads this file for every command.
        from rlmrec.common.errors import UserError
        from rlmrec.options.run_name import dataset_place
        from rlmrec.options.validate_options import validate_options
        from rlmrec.search import leaderboard, require_optuna

        require_optuna()
        validate_options({"hydra": {"sweeper": OmegaConf.to_container(self.config.hydra.sweeper)}})
        rows, seeds, rest = leaderboard.asked(self.params, arguments, self.loader)
        folder = Path(self.config.hydra.sweep.dir).absolute()
        config = self._config([self.experiment, *rest])
        self.dataset = dataset_place(config.dataset, config.hydra.runtime.choices.dataset)
        made, failed = 0, []
        for row in rows:
            if not self._is_possible(row, rest):
                continue
            made += 1
            progress, error = self._make(row, seeds, rest, folder)
            leaderboard.note(folder, f"{self.dataset}-{row.name}", progress)
            if error is not None:
                if self.config.on_failure == "stop":
                    raise error
                failed.append(row.name)
        if not made:
            raise UserError("none of the rows that were asked for can be trained: choose another backbone or align")
        leaderboard.show(folder)
        if failed:
            raise UserError(f"{len(failed)} of {made} rows failed: {', '.join(failed)}")

    def _is_possible(self, row: Any, rest: list[str]) -> bool:
        from rlmrec.api import parts_mismatch, uses_text
        from rlmrec.options.run_name import NEUTRAL

        try:
            config = self._config([self.experiment, *rest, *row.words])
        except HydraException:  # an option does not exist for this row: reported when the row is run
            return True
        options: Any = {name: OmegaConf.to_container(config[name], resolve=True) for name in ("backbone", *NEUTRAL)}
        return parts_mismatch(options) is None and (row.text_ablation == "none" or uses_text(options))

    @property
    def _capped(self) -> str:
        return f"capped at {self.max_hours:g} hours"

    def _config(self, words: list[str]) -> DictConfig:
        return self.loader.load_sweep_config(self.config, words)

    def _make(self, row: Any, seeds: list[int], rest: list[str], folder: Path) -> tuple[Any, Exception | None]:
        """Search a row and train it under all seeds; return its progress, and the last error of its search or runs."""
        from rlmrec.common.errors import one_line
        from rlmrec.search.leaderboard import RowProgress, finished_among, hours_of

        place = Path(self.config.paths.outputs, "search", f"{folder.name}-{self.dataset}-{row.name}").absolute()
        best, state, error = None, "", None
        try:
            best, state = self._search(row, rest, place, len(seeds))
        except Exception as caught:  # from its options, its data or its training
            error = caught
        trials = sorted(place.glob("trial-*"))
        tried = hours_of(trials)
        runs: list[Path] = []
        for number, seed in enumerate(seeds if best is not None else []):
            if self.max_hours is not None and tried + hours_of(runs) >= self.max_hours:
                state = self._capped
                break
            words = [self.experiment, *rest, *row.words, f"seed={seed}", *(best or [])]
            (job,) = self.launcher.launch([words], initial_job_idx=number)
            runs.append(Path(job.hydra_cfg.hydra.runtime.output_dir))
            if job.status == JobStatus.FAILED:
                error = job._return_value
        finished = len(finished_among(runs))
        if error is not None:
            state = f"failed: {one_line(error)}"
        elif state.startswith("finished") and finished < len(seeds):
            state = "in another process"
        ended = len(finished_among(trials))
        return RowProgress(state, ended, finished, round(tried + hours_of(runs), 3)), error

    def _search(self, row: Any, rest: list[str], place: Path, num_seeds: int) -> tuple[list[str] | None, str]:
        """Return the best options, or None if there are none yet, and the state of the row."""
        from optuna.trial import TrialState

        from rlmrec.common.terminal import counted
        from rlmrec.search.best import best_of
        from rlmrec.search.space import words

        # The search has its own folder, which includes the study's name, and its own sweeper options.
        shared = [word for word in rest if word.partition("=")[0] != "study"]
        fixed = [*shared, *row.words, f"evaluation.patience={self.config.evaluation.patience}"]
        options = {"hydra.sweep.dir": str(place), "hydra.sweeper.n_trials": self.n_trials}
        if self.max_hours is not None:  # reserves as much time for every seed as for a trial
            options["hydra.sweeper.max_hours"] = self.max_hours * self.n_trials / (self.n_trials + num_seeds)
        own = deepcopy(self.config)
        asked = [word for word in own.hydra.overrides.hydra if not word.startswith("hydra.sweeper.")]
        with read_write(own):
            own.hydra.overrides.hydra = asked
        config = self.loader.load_sweep_config(own, [*words(options), "hparams=optuna", *fixed])
        searched = [name for name, sweep in config.hydra.sweeper.params.items() if sweep is not None]
        if not searched:
            return [], "finished"
        width = "backbone.embedding_dim"
        given = [*searched, *(word.partition("=")[0] for word in rest)]
        wide = [f"{width}={self.widths}"] if "embedding_dim" in config.backbone and width not in given else []
        sweeper: Any = Plugins.instance().instantiate_sweeper(
            hydra_context=self.hydra_context, task_function=self.task_function, config=config
        )
        trials, failed = sweeper.search(["hparams=optuna", *fixed, *wide])
        if any(trial.state == TrialState.RUNNING for trial in trials):
            return None, "in another process"
        best = best_of(trials)
        if best is None:
            if failed is not None:
                raise failed
            return None, "no trial was finished"
        ended = [trial for trial in trials if trial.state.is_finished() and "killed" not in trial.user_attrs]
        broken = sum(trial.state == TrialState.FAIL for trial in ended)
        state = "finished" if len(ended) >= self.n_trials else self._capped
        return words(best.params), f"{state}, {counted(broken, 'trial')} failed" if broken else state
