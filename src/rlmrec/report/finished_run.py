"""A finished run, read from its folder."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from rlmrec.common.bounded.small_files import small_content
from rlmrec.common.bounded.tables import Columns, read_table
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.monitor import MONITOR
from rlmrec.common.program import command
from rlmrec.runs.folder import CONFIG, ENVIRONMENT, METRICS, RunFolder
from rlmrec.runs.tables import HISTORY, PER_USER, RECOMMENDATIONS

NEEDED_RESULTS = ("dataset", "backbone", "align", "seed", "best_epoch", "epochs", "finished", "metrics")

BESIDE = (METRICS, ENVIRONMENT)
"""Files that identify a run folder even if its ``config.yaml`` is damaged."""

TIME = "%Y-%m-%dT%H:%M:%S%z"
"""Format of the time at which a run finished."""

BEYOND = ("coverage", "gini", "novelty", "popularity", "popularity_lift", "long_tail_recall", "diversity")
"""Beyond-accuracy metrics of runs of version 0.1.0, where they could not be chosen."""


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A finished run.

    Args:
        folder: folder of the run.
        results: content of its ``metrics.json``.
        options: resolved configuration as plain containers.
        damage: lines about other files that turned out to be unreadable.
    """

    folder: RunFolder
    results: dict[str, Any]
    options: dict[str, Any]
    damage: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, trust: Sequence[str] = ()) -> "FinishedRun":
        """Return the run in a folder.

        Raises:
            UserError: if a file is damaged; the message names it.
        """
        folder = RunFolder.existing(path, "runs", trust)
        results = folder.results()
        absent = [name for name in NEEDED_RESULTS if name not in results]
        if absent:
            raise UserError(f"{folder.metrics} lacks {', '.join(absent)}: it was not written by train.py")
        run = cls(folder, results, folder.options())
        if not run.tested:
            raise UserError(f"{folder.metrics} holds no test metric")
        return run

    @property
    def seed(self) -> int:
        """Return the seed of the run."""
        return int(self.results["seed"])

    @property
    def finished(self) -> tuple[datetime, str]:
        """Return when the run finished, for comparison with others; an unreadable time sorts before all others."""
        told = str(self.results["finished"])
        with suppress(ValueError):
            return datetime.strptime(told, TIME), told
        return datetime.fromtimestamp(0, UTC), told

    @property
    def best_epoch(self) -> str:
        """Return the number of the best epoch, or ``fitted`` for models without epochs."""
        return "fitted" if self.is_fitted else str(self.results["best_epoch"])

    @property
    def is_fitted(self) -> bool:
        """Return whether the model was fitted at once, without epochs."""
        return not self.results["epochs"]

    @property
    def monitor(self) -> str:
        """Return the validation metric that selected the weights, such as ``val/recall@20``."""
        evaluation = self.options.get("evaluation")
        return str(evaluation.get("monitor", MONITOR) if isinstance(evaluation, dict) else MONITOR)

    @property
    def list_metrics(self) -> list[str]:
        """Return the names of the metrics over all users' lists; for runs of version 0.1.0 all it had."""
        evaluation = self.options.get("evaluation")
        named = evaluation.get("list_metrics", BEYOND) if isinstance(evaluation, dict) else BEYOND
        return [str(name) for name in named] if isinstance(named, dict | tuple) else []

    @property
    def validation(self) -> float:
        """Return the value of ``monitor`` at the best epoch."""
        return float(self.results["metrics"].get(self.monitor, float("nan")))

    @property
    def data(self) -> str:
        """Return one sentence on the origin of the data; empty if the run recorded none."""
        return " ".join(str(self.results.get("data", "")).split())

    @property
    def interactions(self) -> str | None:
        """Return the fingerprint of the interactions; None if the run recorded none."""
        return self._fingerprint("interactions")

    @property
    def profile_embeddings(self) -> str | None:
        """Return the fingerprint of the profile embeddings; None if the run recorded or used none."""
        return self._fingerprint("profile_embeddings")

    def _fingerprint(self, name: str) -> str | None:
        found = self.results.get("fingerprints")
        return found.get(name) if isinstance(found, dict) else None

    @property
    def tested(self) -> list[str]:
        """Return the names of all test metrics, such as ``recall@20``."""
        names = (str(name) for name in self.results["metrics"])
        return [name.removeprefix("test/") for name in names if name.startswith("test/")]

    def test(self, metric: str) -> float:
        """Return a test metric, such as ``recall@20``; NaN if it was not measured."""
        return float(self.results["metrics"].get(f"test/{metric}", float("nan")))

    @cached_property
    def per_user(self) -> pl.DataFrame | None:
        """Return test metrics per user, with their external ids; None if the file is missing or damaged."""
        return self._table(self.folder.per_user, PER_USER, others="number", distinct=("user", "external_id"))

    @property
    def names_users(self) -> bool:
        """Return whether every user in ``per_user`` has an external id."""
        return self.per_user is not None and not (self.per_user["external_id"] == "").any()

    @cached_property
    def recommendations(self) -> pl.DataFrame | None:
        """Return columns user, rank, item, score and hit; None if the file is missing or damaged."""
        return self._table(self.folder.recommendations, RECOMMENDATIONS)

    @cached_property
    def history(self) -> pl.DataFrame | None:
        """Return a table with one row per epoch; None if the file is missing or damaged."""
        return self._table(self.folder.history, HISTORY)

    def _table(self, path: Path, columns: Columns, **further: Any) -> pl.DataFrame | None:
        if not path.is_file():
            return None
        try:
            return read_table(path, columns, **further)
        except UserError as error:
            self.damage.append(f"unreadable, left out: {one_line(error)}")
            return None


def find(places: Iterable[str], trust: Sequence[str] = ()) -> tuple[list[FinishedRun], list[str]]:
    """Return all runs in and below some folders.

    Args:
        places: run folders, or folders above them.
        trust: packages whose classes the runs' options may name.

    Returns:
        Finished runs sorted by path, and a line for every run that is unfinished or damaged.

    Raises:
        UserError: if a place is not a folder, or there is no finished run.
    """
    found: dict[Path, Path] = {}
    for place in places:
        if not Path(place).is_dir():
            raise UserError(f"runs={place} is not a folder: name run folders or a folder above them")
        configs = (path for path in Path(place).rglob(CONFIG) if _holds_a_run(path, Path(place)))
        found = {path.parent.resolve(): path.parent for path in configs} | found
    runs, unfinished, damaged = [], [], []
    for path in sorted(found.values()):
        if not (path / METRICS).is_file():
            unfinished.append(f"not finished, left out: {path}")
            continue
        try:
            runs.append(FinishedRun.read(path, trust))
        except UserError as error:
            damaged.append(str(error))
    if not runs and damaged:
        raise UserError(damaged[0])
    if not runs:
        raise UserError(f"no finished run in {', '.join(places)}: train some first with {command('train')}")
    return runs, [*(f"left out: {reason}" for reason in damaged), *unfinished]


def _holds_a_run(config: Path, place: Path) -> bool:
    """Return whether a ``config.yaml`` belongs to a run, and not to Hydra or Weights & Biases."""
    inside = config.relative_to(place)
    if ".hydra" in inside.parts or any(
        folder.name == "wandb" and (place / folder.parent / CONFIG).is_file() for folder in inside.parents
    ):
        return False
    if any((config.parent / name).is_file() for name in BESIDE):
        return True
    try:
        return b"backbone:" in small_content(config)
    except (ValueError, OSError):  # too large for a configuration, or not a file: reported when it is read
        return config.is_file()
