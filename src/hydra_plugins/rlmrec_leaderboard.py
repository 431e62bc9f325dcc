"""A leaderboard as a Hydra sweeper: a search for every row, then its best options under several seeds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


class LeaderboardSweeper(Sweeper):
    """Give every row the same budget: trials chosen by validation, then seeds, within hours of training.

    Rows that cannot be, and shuffled twins of rows without text, are left out. Given again, or several times at once,
    the same command shares searches and runs, and resumes where it was stopped.

    Args:
        n_trials: of the search of each row.
        max_hours: of processor time, or of GPU time where one trains, of a row, after which nothing new of it begins;
            None if there is no end.
        widths: what is searched of the embedding dimension, where a row has one that its own space leaves out.
        params: sweeps of backbone, align, fusion, init, seed and text_ablation; the command line wins over them.
    """

    def __init__(self, n_trials: int, max_hours: float | None, widths: str, params: Any) -> None:
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
        """Make all rows, one after the other; a row that fails does not stop the others.

        Raises:
            UserError: if nothing can be trained, or names the rows that failed.
        """
        # Imported late: Hydra loads this file for every command.
        from rlmrec.common.errors import UserError, one_line
        from rlmrec.options.run_name import dataset_place
        from rlmrec.search import leaderboard, require_optuna

        require_optuna()
        rows, seeds, rest = leaderboard.asked(self.params, arguments, self.loader)
        folder = Path(self.config.hydra.sweep.dir).absolute()
        config = self._config([self.experiment, *rest])
        self.dataset = dataset_place(config.dataset, config.hydra.runtime.choices.dataset)
        made, failed = [], []
        for row in rows:
            name = f"{self.dataset}-{row.name}"
            try:
                if not self._is_possible(row, rest):
                    continue
                made.append(row)
                progress = self._make(row, seeds, rest, folder)
            except Exception as error:  # of its options, its data or its training
                if self.config.on_failure == "stop":
                    raise
                failed.append(row.name)
                made = [*dict.fromkeys([*made, row])]
                progress = replace(leaderboard.progress(folder, name), state=f"failed: {one_line(error)}")
            leaderboard.note(folder, name, progress)
        if not made:
            raise UserError("none of the rows that were asked for can be trained: choose another backbone or align")
        leaderboard.show(folder)
        if failed:
            raise UserError(f"{len(failed)} of {len(made)} rows failed: {', '.join(failed)}")

    def _is_possible(self, row: Any, rest: list[str]) -> bool:
        from rlmrec.api import parts_mismatch, uses_text
        from rlmrec.options.run_name import NEUTRAL

        config = self._config([self.experiment, *rest, *row.words])
        options: Any = {name: OmegaConf.to_container(config[name], resolve=True) for name in ("backbone", *NEUTRAL)}
        return parts_mismatch(options) is None and (row.text_ablation == "none" or uses_text(options))

    def _config(self, words: list[str]) -> DictConfig:
        return self.loader.load_sweep_config(self.config, words)

    def _make(self, row: Any, seeds: list[int], rest: list[str], folder: Path) -> Any:
        from rlmrec.search.leaderboard import Progress, hours_of

        place = Path(self.config.paths.outputs, "search", f"{folder.name}-{self.dataset}-{row.name}").absolute()
        hours = None  # of the search, so that as much is left for every seed as for a trial
        if self.max_hours is not None:
            hours = self.max_hours * self.n_trials / (self.n_trials + len(seeds))
        best, trials, state = self._search(row, rest, place, hours)
        tried = hours_of(sorted(place.glob("trial-*")))
        runs: list[Path] = []
        for number, seed in enumerate(seeds if best is not None else []):
            if self.max_hours is not None and tried + hours_of(runs) >= self.max_hours:
                state = f"capped at {self.max_hours:g} hours"
                break
            words = [self.experiment, *rest, *row.words, f"seed={seed}", *(best or [])]
            (job,) = self.launcher.launch([words], initial_job_idx=number)
            runs.append(Path(job.hydra_cfg.hydra.runtime.output_dir))
            if job.status == JobStatus.FAILED:
                raise job._return_value
        finished = sum((run / "metrics.json").is_file() for run in runs)
        if state == "finished" and finished < len(seeds):
            state = "in another process"
        return Progress(state, trials, finished, round(tried + hours_of(runs), 3))

    def _search(self, row: Any, rest: list[str], place: Path, hours: float | None) -> tuple[list[str] | None, int, str]:
        """Return the best options, if there are any, the number of trials, and a state."""
        import optuna
        from optuna.trial import TrialState

        from rlmrec.search.best import best_of
        from rlmrec.search.space import words
        from rlmrec.search.storage import STUDY, storage

        # The folder of the search has the name of the study; its own sweeper's options are in ``search``.
        shared = [word for word in rest if word.partition("=")[0] != "study" and not word.startswith("hydra.sweeper.")]
        fixed = [*shared, *row.words, f"evaluation.patience={self.config.evaluation.patience}"]
        search = [f"hydra.sweep.dir={place}", f"hydra.sweeper.n_trials={self.n_trials}", "hparams=optuna"]
        if hours is not None:
            search.append(f"hydra.sweeper.max_hours={hours}")
        config = self._config([*search, *fixed])
        searched = [name for name, sweep in config.hydra.sweeper.params.items() if sweep is not None]
        if not searched:
            return [], 0, "finished"
        width = "backbone.embedding_dim"
        given = [*searched, *(word.partition("=")[0] for word in rest)]
        wide = [f"{width}={self.widths}"] if "embedding_dim" in config.backbone and width not in given else []
        sweeper = Plugins.instance().instantiate_sweeper(
            hydra_context=self.hydra_context, task_function=self.task_function, config=config
        )
        sweeper.sweep(["hparams=optuna", *fixed, *wide])
        trials = optuna.load_study(study_name=STUDY, storage=storage(place)).trials
        ended = [trial for trial in trials if trial.state.is_finished() and trial.state != TrialState.FAIL]
        if any(trial.state == TrialState.RUNNING for trial in trials):
            return None, len(ended), "in another process"
        best = best_of(trials)
        if best is None:
            return None, len(ended), "no trial was finished"
        state = "finished" if len(ended) >= self.n_trials else f"capped at {self.max_hours} hours"
        return words(best.params), len(ended), state
