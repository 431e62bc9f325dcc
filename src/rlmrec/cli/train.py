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
"""Environment variable of submitit's jobs, which are started again after a preemption or the end of their time."""
LAUNCHER_OF_ONE = "basic"
"""Hydra's own, which is there whatever was asked for."""
FIRST_LINE = "{names[backbone]} with align={names[align]} on {names[dataset]}, seed {seed}: loading libraries and data"


def remove_unused_folder() -> None:
    """Remove the folder that Hydra made for a run, if none was started in it: a mistake in an option leaves none."""
    hydra_config = HydraConfig.get()
    if hydra_config.mode == RunMode.RUN:
        RunFolder(hydra_config.runtime.output_dir).remove_if_unclaimed()


@entry.command("train", TrainOptions, failed=remove_unused_folder, around=summary_at_the_end)
def run(config: DictConfig) -> float:
    """Train what the options describe; return the best validation metric, for sweepers."""
    return train_as_told(config)


def train_as_told(config: DictConfig) -> float:
    """Train in the folder that Hydra names, and show the results; return the best validation metric.

    Args:
        config: of this command, or of another one that has the same options.
    """
    overrides = list(HydraConfig.get().overrides.task)
    folder = RunFolder(HydraConfig.get().runtime.output_dir, config.trust)
    logging.captureWarnings(True)  # so that the log has them
    try:
        return _train(folder, config, overrides)
    finally:
        logging.captureWarnings(False)


def _train(folder: RunFolder, config: DictConfig, overrides: list[str]) -> float:
    _refuse_contradictions(config, overrides)
    resumed, in_study = config.resume is not None, config.study is not None
    # The jobs of a sweep have folders of their own: a launcher that finds one started has started its job again.
    restarted = in_study or (HydraConfig.get().mode == RunMode.MULTIRUN and LAUNCHED_AGAIN in os.environ)
    if resumed:
        folder.refuse_finished()
        options = folder.options(RunOptions)
    else:
        options = with_absolute_paths(plain_options(config))
    if _skipped(options, folder):
        return math.nan
    with folder.locked() as free:
        if not free and in_study:
            print(f"left to another process: {folder.path}")
            return math.nan
        if not free:
            raise UserError(f"another process is at work in {folder.path}")
        monitor = str(options["evaluation"].get("monitor", MONITOR))
        if restarted and is_finished(folder, options):
            print(f"finished before: {folder.path}")
            return folder.metric(monitor)
        print(FIRST_LINE.format_map(options), flush=True)
        from rlmrec.api import train_in_folder  # late: what comes before needs no torch
        from rlmrec.cli.results import print_results

        run = train_in_folder(folder, options, overrides, resumed=resumed, unfinished=restarted)
    print_results(run.description, run.results, folder.path)
    RUN_LOG.info("finished: %s", ", ".join(f"{name} {value:.6g}" for name, value in run.metrics.items()))
    if HydraConfig.get().mode == RunMode.RUN:
        _print_next_steps(folder.path, needed_trust(options))
    return run.metrics[monitor]


def _skipped(options: dict[str, Any], folder: RunFolder) -> bool:
    """Return whether a job of a sweep is left out, since its backbone and its alignment cannot be together.

    Raises:
        UserError: if they are all that was asked for.
    """
    from rlmrec.api import parts_mismatch  # late: loads torch

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
        with suppress(OSError):  # an unfinished run is no business of this job
            remove()
    return True


def _refuse_contradictions(config: DictConfig, overrides: list[str]) -> None:
    choices = HydraConfig.get().runtime.choices
    refuse_absent_choices(overrides, choices)
    if HydraConfig.get().mode == RunMode.RUN and choices["hydra/launcher"] != LAUNCHER_OF_ONE:
        raise UserError(f"hydra/launcher={choices['hydra/launcher']} starts the jobs of a sweep: give -m too, or none")
    if config.study is not None and choices["hydra"] != "study":
        raise UserError(f"study={config.study} has no effect on its own: give hydra=study or an experiment=... too")
    if config.resume is not None:
        entry.refuse_other_overrides(overrides, "resume", "trust")


def _print_next_steps(folder: Path, trusted: list[str]) -> None:
    trust = " " + shlex.quote(f"trust=[{','.join(trusted)}]") if trusted else ""
    print(f"next: {command('evaluate')} {argument('run', folder)}{trust}  tests these weights again")
    print(f"      {command('report')} {argument('runs', folder)}  makes tables and a page of plots")
