"""Train and test a recommender: ``rlmrec train backbone=lightgcn align=contrastive``."""

import logging
import math
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import TrainOptions
from rlmrec.cli.sweeps import failed_jobs
from rlmrec.cli.sweeps.study import is_finished
from rlmrec.cli.sweeps.sweep_summary import summary_at_the_end
from rlmrec.common.errors import UserError
from rlmrec.common.monitor import MONITOR
from rlmrec.common.program import argument, command
from rlmrec.options.asked_choices import refuse_absent_choices
from rlmrec.options.compose import plain_options, with_absolute_paths
from rlmrec.options.run_name import NEUTRAL
from rlmrec.runs.contents import RunOptions
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.stored_options import needed_trust

RUN_LOG = logging.getLogger("run")
LAUNCHED_AGAIN = "SUBMITIT_EXECUTOR"
"""Environment variable of submitit's jobs, which are restarted after a preemption or timeout."""
FIRST_LINE = "{names[backbone]} with align={names[align]} on {names[dataset]}, seed {seed}: loading libraries and data"


def remove_unused_folder() -> None:
    """Remove the folder that Hydra made if no run has started in it, so that a mistake in an option leaves none."""
    hydra_config = HydraConfig.get()
    if hydra_config.mode == RunMode.RUN:
        RunFolder(hydra_config.runtime.output_dir).remove_if_unclaimed()


@entry.command("train", TrainOptions, failed=remove_unused_folder, around=summary_at_the_end)
def run(config: DictConfig) -> float:
    """Train the model that options describe, and return the best validation metric for sweepers."""
    return train_as_told(config)


def train_as_told(config: DictConfig) -> float:
    """Train in the folder that Hydra names, show the results and return the best validation metric.

    Args:
        config: configuration of this command, or of another with the same options.
    """
    overrides = list(HydraConfig.get().overrides.task)
    folder = RunFolder(HydraConfig.get().runtime.output_dir, config.trust)
    logging.captureWarnings(True)  # so that warnings appear in the log
    try:
        return _train(folder, config, overrides)
    finally:
        logging.captureWarnings(False)


def _train(folder: RunFolder, config: DictConfig, overrides: list[str]) -> float:
    _refuse_contradictions(config, overrides)
    resumed, in_study = config.resume is not None, config.study is not None
    # Every job of a sweep has its own folder: if a launcher's job finds one in use, that job was restarted.
    restarted = in_study or (HydraConfig.get().mode == RunMode.MULTIRUN and LAUNCHED_AGAIN in os.environ)
    if resumed:
        folder.refuse_finished()
        options = folder.options(RunOptions)
    else:
        options = with_absolute_paths(plain_options(config))
        if isinstance(options.get("evaluation"), dict):  # groups that ~evaluation/metrics left out are empty
            options["evaluation"] = {"metrics": {}, "list_metrics": {}} | options["evaluation"]
    if _skipped(options, folder):
        return math.nan
    with folder.locked() as free:
        if not free and in_study:
            print(f"skipped, another process works on it: {folder.path}")
            return math.nan
        if not free:
            raise UserError(f"another process is working in {folder.path}")
        monitor = str(options["evaluation"].get("monitor", MONITOR))
        if restarted and is_finished(folder, options):
            print(f"finished before: {folder.path}")
            return folder.metric(monitor)
        print(FIRST_LINE.format_map(options), flush=True)
        from rlmrec.api import train_in_folder  # late, since the checks above do not need torch
        from rlmrec.cli.results import print_results

        run = train_in_folder(folder, options, overrides, resumed=resumed, unfinished=restarted)
    print_results(run.description, run.results, folder.path)
    RUN_LOG.info("finished: %s", ", ".join(f"{name} {value:.6g}" for name, value in run.metrics.items()))
    if HydraConfig.get().mode == RunMode.RUN:
        _print_next_steps(folder.path, needed_trust(options))
    return run.metrics[monitor]


def _skipped(options: dict[str, Any], folder: RunFolder) -> bool:
    """Return whether to skip a job of a sweep, because its backbone and other parts cannot be combined.

    Raises:
        UserError: if it is a single run or a trial of a search.
    """
    from rlmrec.api import parts_mismatch  # late, since it loads torch

    reason = parts_mismatch(options)
    if reason is None:
        return False
    chosen = HydraConfig.get()
    if chosen.mode != RunMode.MULTIRUN or chosen.runtime.choices.get("hparams") is not None:
        raise UserError(reason)
    parts = {name: chosen.runtime.choices[name] for name in ("backbone", *NEUTRAL)}
    told = [f"{name}={part}" for name, part in parts.items() if name == "align" or part != NEUTRAL.get(name)]
    failed_jobs.note(" ".join(told), "skipped")
    for remove in folder.log.unlink, folder.path.rmdir:
        with suppress(OSError):  # the folder may hold an unfinished run, which stays
            remove()
    return True


def _refuse_contradictions(config: DictConfig, overrides: list[str]) -> None:
    choices = HydraConfig.get().runtime.choices
    refuse_absent_choices(overrides, choices)
    launchers = [word for word in HydraConfig.get().overrides.hydra if word.startswith("hydra/launcher=")]
    if launchers and HydraConfig.get().mode == RunMode.RUN:
        raise UserError(f"{launchers[0]} starts the jobs of a sweep: give -m too, or none")
    if config.study is not None and choices["hydra"] != "study":
        raise UserError(f"study={config.study} has no effect on its own: give hydra=study or an experiment=... too")
    if config.resume is not None:
        entry.refuse_other_overrides(overrides, "resume", "trust")


def _print_next_steps(folder: Path, trusted: list[str]) -> None:
    trust = " " + shlex.quote(f"trust=[{','.join(trusted)}]") if trusted else ""
    print(f"next: {command('evaluate')} {argument('run', folder)}{trust}  tests these weights again")
    print(f"      {command('report')} {argument('runs', folder)}  makes tables and a page of plots")
