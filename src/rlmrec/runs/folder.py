"""The folder of a run: its files and how they are written."""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import Timeout
from pydantic import BaseModel

from rlmrec.common.bounded.folders import refuse_special_files
from rlmrec.common.bounded.json_files import read_json
from rlmrec.common.bounded.small_files import small_content
from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_write
from rlmrec.common.processes.leftovers import clear_all
from rlmrec.common.processes.locks import FOLDER, lock_file
from rlmrec.common.program import argument
from rlmrec.common.versions import NAME, read_version, refuse_newer
from rlmrec.runs.contents import RunResults, refuse_wrong_types
from rlmrec.runs.provenance import provenance
from rlmrec.runs.stored_options import read_options

FORMAT = 1
"""Format version of run folders."""
CONFIG, METRICS, ENVIRONMENT, LOG = "config.yaml", "metrics.json", "environment.json", "train.log"
"""Files by which a run folder is recognised, and its log."""
LEADERBOARD = "leaderboard.json"
"""File beside the runs of a leaderboard with the progress of each row."""
STARTED = time.time()
TIME_OF_LOG, LENGTH_OF_TIME = "[%Y-%m-%d %H:%M:%S", 20
"""Time format at the beginning of a line of the log, and its length in characters."""
BEFORE_A_RUN = {FOLDER, LOG}
"""Names that a folder may contain before a run has started in it."""


class RunFolder:
    """The folder of one run, in which no other run ever overwrites anything.

    Args:
        path: path of the folder.
        trust: packages whose classes the run's options may name besides the project's own, and addresses from which
            they may fetch.
    """

    def __init__(self, path: str | Path, trust: Sequence[str] = ()) -> None:
        self.path = Path(path)
        self.trust = (trust,) if isinstance(trust, str) else tuple(map(str, trust or ()))
        self.config = self.path / CONFIG
        self.metrics = self.path / METRICS
        self.log = self.path / LOG
        self.history = self.path / "metrics.csv"
        self.per_user = self.path / "per_user_test.parquet"
        self.recommendations = self.path / "recommendations.parquet"
        self.best = self.path / "checkpoints" / "best.ckpt"
        self.last = self.path / "checkpoints" / "last.ckpt"
        self.fitted = self.path / "fitted.npz"

    @property
    def weights(self) -> Path:
        """Return the file of the learned weights: the best checkpoint, or the result of a fitted backbone."""
        return self.fitted if self.fitted.is_file() else self.best

    def claim(self, config: str, unfinished: bool = False) -> None:
        """Turn the folder into that of a new run by writing its resolved configuration; the caller must hold the lock.

        Args:
            config: resolved configuration as YAML.
            unfinished: whether to replace the configuration of an unfinished start; the caller must have checked that
                the run can be resumed with these options.

        Raises:
            UserError: if the folder already holds a run.
        """
        if self.config.exists() and not (unfinished and not self.metrics.exists()):
            raise UserError(
                f"{self.path} already holds a run: choose another hydra.run.dir, or resume it with "
                f"{argument('resume', self.path)}"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        atomic_write(self.config, config)

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Lock the folder against other processes and yield True, or yield False if another process holds the lock."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = lock_file(self.path / FOLDER)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            for place in (self.path, self.last.parent):
                clear_all(place)
            yield True
        finally:
            lock.release()

    def remove_if_unclaimed(self) -> None:
        """Remove the folder if no run has started in it, so that a mistake in an option leaves no folder behind.

        A folder with a log from before this process, or that contains the working directory, is kept.
        """
        with self.locked() as free:
            unused = free and not self.config.exists() and {path.name for path in self.path.iterdir()} <= BEFORE_A_RUN
            if unused and not self._was_there():
                shutil.rmtree(self.path, ignore_errors=True)

    def _was_there(self) -> bool:
        if Path.cwd().is_relative_to(self.path.resolve()):
            return True
        first = self.log.read_text("utf-8", "replace")[:LENGTH_OF_TIME] if self.log.is_file() else ""
        with suppress(ValueError):
            return bool(first) and datetime.strptime(first, TIME_OF_LOG).timestamp() < STARTED - 1
        return True  # not a log of a run

    def is_locked(self) -> bool:
        """Return whether another process is working in the folder."""
        with self.locked() as free:
            return not free

    @classmethod
    def existing(cls, path: str | Path, option: str, trust: Sequence[str] = ()) -> "RunFolder":
        """Return the folder of an existing run.

        Raises:
            UserError: if it is not a run folder, or has links that lead out of it; the message names ``option``.
        """
        folder = cls(path, trust)
        if not folder.config.is_file():
            raise UserError(f"{option}={path} is not a run folder: it holds no {CONFIG}")
        refuse_special_files(folder.path)
        return folder

    def options(self, needed: type[BaseModel] | None = None) -> dict[str, Any]:
        """Return the options of the run as plain containers.

        Args:
            needed: schema of the required options; none by default.

        Raises:
            UserError: if the file is damaged, lacks required options, or names classes that are neither the project's
                nor trusted; or if the run has a later format.
        """
        self._refuse_newer()
        options = read_options(self.config, self.trust)
        if needed is not None:
            refuse_wrong_types(options, needed, self.config)
        return options

    def _refuse_newer(self) -> None:
        path = self.path / ENVIRONMENT
        if path.is_file():
            try:
                content = small_content(path)
            except (ValueError, OSError):  # only the version is needed from this file
                return
            refuse_newer(read_version(content), FORMAT, path)

    def results(self) -> dict[str, Any]:
        """Return the content of ``metrics.json``.

        Raises:
            UserError: if the file is missing or damaged.
        """
        results = read_json(self.metrics)
        refuse_wrong_types(results, RunResults, self.metrics)
        return results

    def metric(self, name: str) -> float:
        """Return a metric that a finished run has recorded.

        Raises:
            UserError: if the results are damaged or lack the metric.
        """
        try:
            return float(self.results()["metrics"][name])
        except (UserError, KeyError):
            raise UserError(
                f"{self.metrics} is damaged or lacks {name}: remove the run's folder to train it again"
            ) from None

    def refuse_finished(self) -> None:
        """Refuse a run that is already finished.

        Raises:
            UserError: if the run has its results.
        """
        if self.metrics.exists():
            raise UserError(f"{self.path} is finished: its results are in {self.metrics}")

    def write_provenance(self, overrides: list[str]) -> None:
        """Write code revision, versions and machine; each start of a resumed run gets a file of its own."""
        starts = len(list(self.path.glob("environment*.json")))
        content = {NAME: FORMAT} | provenance(overrides)
        _write_json(self.path / (f"environment-{starts}.json" if starts else ENVIRONMENT), content)

    def write_results(self, results: dict[str, Any]) -> None:
        """Write ``metrics.json``, whose presence marks the run as finished."""
        _write_json(self.metrics, results)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    atomic_write(path, json.dumps(content, indent=2) + "\n")
