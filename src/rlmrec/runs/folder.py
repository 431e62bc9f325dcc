"""The folder of a run: what is in it and how it is written."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import OmegaConf

from rlmrec.errors import UserError, one_line
from rlmrec.runs.config_files import refuse_foreign_targets
from rlmrec.runs.provenance import provenance

LOCK = ".lock"


class RunFolder:
    """One folder a run; nothing in it is ever overwritten by another run.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config = self.path / "config.yaml"
        self.metrics = self.path / "metrics.json"
        self.history = self.path / "metrics.csv"
        self.best = self.path / "checkpoints" / "best.ckpt"
        self.last = self.path / "checkpoints" / "last.ckpt"

    def claim(self, config: str, anew: bool = False) -> None:
        """Make this the folder of a new run by writing its resolved configuration.

        Args:
            config: as YAML.
            anew: replace the configuration of a start that did not finish; the caller holds the lock and has checked
                that what that start left is to be gone on with.

        Raises:
            UserError: if the folder already holds a run.
        """
        if anew and not self.metrics.exists():
            atomic_write(self.config, config)
            return
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with self.config.open("x") as file:
                file.write(config)
        except FileExistsError:
            raise UserError(
                f"{self.path} already holds a run: choose another hydra.run.dir, or go on with resume={self.path}"
            ) from None

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep other processes out; yields False, and keeps nobody out, where another one is in already."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def is_locked(self) -> bool:
        """Whether another process is at work in the folder."""
        with self.locked() as free:
            return not free

    @classmethod
    def existing(cls, path: str | Path, option: str) -> "RunFolder":
        """The folder of an earlier run.

        Raises:
            UserError: if it is none; ``option`` is the one that named it.
        """
        folder = cls(path)
        if not folder.config.is_file():
            raise UserError(f"{option}={path} is no run folder: it holds no config.yaml")
        return folder

    def options(self) -> dict[str, Any]:
        """The configuration of the run, as plain containers.

        Raises:
            UserError: if the file is damaged, or names code that no configuration file of the project names.
        """
        try:
            stored = OmegaConf.to_container(OmegaConf.load(self.config), resolve=True)
            if not isinstance(stored, dict) or not stored:
                raise ValueError("it holds no options")
        except Exception as error:  # a damaged file can make YAML or OmegaConf raise anything
            raise UserError(f"{self.config} is damaged: {one_line(error)}") from None
        options = {str(name): value for name, value in stored.items()}
        refuse_foreign_targets(options, self.config)
        return options

    def refuse_finished(self) -> None:
        """Nothing is left to do in a finished run.

        Raises:
            UserError: if the run has its results.
        """
        if self.metrics.exists():
            raise UserError(f"{self.path} is finished: its results are in {self.metrics}")

    def write_provenance(self, overrides: list[str]) -> None:
        """Keep code revision, versions and machine; a resumed run keeps those of every start."""
        starts = len(list(self.path.glob("environment*.json")))
        self.write_json(f"environment-{starts}.json" if starts else "environment.json", provenance(overrides))

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file atomically."""
        atomic_write(self.path / name, json.dumps(content, indent=2) + "\n")


def with_absolute_paths(options: dict[str, Any]) -> dict[str, Any]:
    """The same options with places as seen from anywhere, so that the run can be gone on with."""
    dataset, start = options["dataset"], options.get("initialise_from")
    places = {name: value for name, value in dataset.items() if name in ("root", "cache") and value}
    absolute = {"dataset": dataset | {name: str(Path(at).absolute()) for name, at in places.items()}}
    return options | absolute | ({"initialise_from": str(Path(start).absolute())} if start else {})


def atomic_write(path: Path, text: str) -> None:
    """Write text so that at every moment either the old or the whole new content is there."""
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A file to write beside another, which it replaces when it is whole."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    yield partial
    partial.replace(path)
