"""Failed jobs of a multirun, known to the command that started them wherever they ran."""

import os
import socket
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

_file: Path | None = None


class ListFailedJobs(Callback):
    """Gives all jobs of a multirun one hidden file in the sweep's folder to note failures in.

    Launchers hand back no more than the first failure, from processes that may run on other machines.
    """

    def __init__(self) -> None:
        self.file: Path | None = None

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        name = f".failed_jobs-{socket.gethostname()}-{os.getpid()}"  # several commands may share the folder
        self.file = Path(config.hydra.sweep.dir).absolute() / name
        self._name_the_file()

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        self._name_the_file()

    def _name_the_file(self) -> None:
        global _file
        _file = self.file


def note(line: str) -> None:
    """Add a failure to the list."""
    if _file is not None:
        with _file.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def taken() -> list[str]:
    """The failures so far; the list is empty afterwards."""
    if _file is None or not _file.is_file():
        return []
    lines = _file.read_text("utf-8").splitlines()
    _file.unlink()
    return lines
