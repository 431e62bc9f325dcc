"""Failed and skipped jobs of a multirun, reported to the command that started them from any process."""

import os
import socket
from pathlib import Path
from typing import Any, Literal

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

Kind = Literal["failed", "skipped"]
KINDS: tuple[Kind, ...] = ("failed", "skipped")

_files: dict[Kind, Path] = {}
_noted: dict[Kind, list[str]] = {kind: [] for kind in KINDS}


class ListFailedJobs(Callback):
    """Give all jobs of a multirun hidden files in the sweep's folder in which they note failed and skipped jobs.

    Launchers return only the first failure, and their processes may run on other machines.

    Args:
        folder: folder of the sweep.
    """

    def __init__(self, folder: str) -> None:
        owner = f"{socket.gethostname()}-{os.getpid()}"  # several commands may share the folder
        self.files = {kind: Path(folder).absolute() / f".{kind}_jobs-{owner}" for kind in KINDS}

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        for file in self.files.values():
            file.unlink(missing_ok=True)  # left by a killed command whose process had the same id
        _files.update(self.files)

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        _files.update(self.files)


def note(line: str, kind: Kind = "failed") -> None:
    """Note a failed or skipped job in the file, or in this process if there is none."""
    if kind not in _files:
        _noted[kind].append(line)
        return
    _files[kind].parent.mkdir(parents=True, exist_ok=True)  # a leaderboard starts trials before its folder exists
    with _files[kind].open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def any_noted() -> bool:
    """Return whether a job of this multirun has failed."""
    return bool(_noted["failed"]) or ("failed" in _files and _files["failed"].is_file())


def taken(kind: Kind = "failed") -> list[str]:
    """Return the jobs noted so far, and clear the list."""
    lines = list(_noted[kind])
    _noted[kind].clear()
    file = _files.pop(kind, None)
    if file is not None and file.is_file():
        lines += file.read_text("utf-8").splitlines()
        file.unlink()
    return lines
