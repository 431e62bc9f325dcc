"""Progress of a sweep: the number of jobs that have ended, and an estimate of the remaining time."""

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

BRIEF = 1.0
"""Seconds below which a job had nothing to do, e.g. was finished before; such jobs are ignored in the estimate."""


class CountJobs(Callback):
    """Print progress such as "3 of 12" and the remaining time after each job of a sweep, in any process.

    A hidden file in the sweep's folder records the duration of each job, since a launcher may run jobs in other
    processes, which get a copy of this callback.

    Args:
        folder: folder of the sweep.
    """

    def __init__(self, folder: str) -> None:
        self.file = seconds_file(Path(folder))
        self.total = 0
        self.start = self.job_start = 0.0

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self.file.unlink(missing_ok=True)  # left by a killed command whose process had the same id
        self.total = number_of_jobs(config) if sweeps_all(config) else 0
        self.start = time.time()

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        self.job_start = time.time()

    def on_job_end(self, config: DictConfig, job_return: Any, **_: Any) -> None:
        if not self.total:  # not a sweep
            return
        now = time.time()
        with self.file.open("a", encoding="utf-8") as file:
            file.write(f"{now - self.job_start:.3f}\n")
        seconds = [float(line) for line in self.file.read_text("utf-8").split()]
        print(progress(seconds, self.total, now - self.start), file=sys.stderr, flush=True)


def seconds_file(folder: Path) -> Path:
    """Return this command's file of durations in the folder of a sweep, which several commands may share."""
    return folder.absolute() / f".job_seconds-{socket.gethostname()}-{os.getpid()}"


def progress(seconds: list[float], total: int, elapsed: float) -> str:
    """Return the progress of a sweep, such as ``3 of 12 runs, about 4 min left``.

    Args:
        seconds: duration in seconds of every job that has ended.
        total: number of jobs.
        elapsed: seconds since the sweep began; jobs may run concurrently.
    """
    told, worked = f"{len(seconds)} of {total} runs", sum(part >= BRIEF for part in seconds)
    left = total - len(seconds)
    return f"{told}, about {duration(elapsed / worked * left)} left" if left and worked else told


def duration(seconds: float) -> str:
    """Return a duration in words, such as ``40 s``, ``4 min`` or ``2.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def sweeps_all(config: DictConfig) -> bool:
    """Return whether a multirun runs all combinations of its options instead of searching among them."""
    return str(OmegaConf.select(config, "hydra.sweeper._target_")).endswith(f".{BasicSweeper.__name__}")


def number_of_jobs(config: DictConfig) -> int:
    """Return the number of combinations of options in a multirun."""
    given = OmegaConf.to_container(config.hydra.sweeper, resolve=True).get("params") or {}  # type: ignore[union-attr]
    words = [*(f"{name}={value}" for name, value in given.items()), *config.hydra.overrides.task]
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    return len(BasicSweeper.split_arguments(parser.parse_overrides(words), None)[0])
