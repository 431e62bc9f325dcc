"""Failed jobs of a multirun, reported to the command that started them wherever they ran."""

import os
import socket
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

_file: Path | None = None
_noted: list[str] = []


class ListFailedJobs(Callback):
    """Give all jobs of a multirun one hidden file in the sweep's folder to note failures in.

    Launchers return only the first failure, from processes that may run on other machines.

    Args:
        folder: of the sweep.
    """

    def __init__(self, folder: str) -> None:
        name = f".failed_jobs-{socket.gethostname()}-{os.getpid()}"  # several commands may share the folder
        self.file = Path(folder).absolute() / name

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self.file.unlink(missing_ok=True)  # of a killed command whose process had the same number
        self._name_the_file()

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        self._name_the_file()

    def _name_the_file(self) -> None:
        global _file
        _file = self.file


def note(line: str) -> None:
    """Add a failure to the list; it stays in this process where there is no file."""
    if _file is None:
        _noted.append(line)
        return
    with _file.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def any_noted() -> bool:
    """Return whether a job of this multirun has failed."""
    return bool(_noted) or (_file is not None and _file.is_file())


def taken() -> list[str]:
    """Return the failures so far; the list is empty afterwards."""
    global _file
    lines = list(_noted)
    _noted.clear()
    if _file is not None and _file.is_file():
        lines += _file.read_text("utf-8").splitlines()
        _file.unlink()
    _file = None
    return lines
