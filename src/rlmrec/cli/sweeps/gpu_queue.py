"""GPUs of this machine, handed out to jobs that run side by side."""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

VISIBLE = "CUDA_VISIBLE_DEVICES"


class GpuQueue(Callback):
    """Give every job a GPU of its own; where all are taken, a job waits for the next to become free.

    Nothing is done where there is no GPU, or where a job does not want one. A process keeps its first GPU, since CUDA
    cannot change it. The locks are the operating system's: a job that was killed holds none. All of a user's commands
    on a machine share one queue.

    Args:
        seconds: between two checks for a free GPU.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.lock: FileLock | None = None

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        devices = [] if OmegaConf.select(config, "trainer.accelerator") == "cpu" else visible_gpus()
        if devices:
            os.environ[VISIBLE], self.lock = claim(devices, self.seconds)

    def on_job_end(self, config: DictConfig, job_return: Any, **_: Any) -> None:
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def claim(devices: Sequence[str], seconds: float) -> tuple[str, FileLock]:
    """Return the first device that no other job holds, and the lock that holds it; wait until there is one."""
    folder = Path(tempfile.gettempdir()) / f"rlmrec-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        for device in devices:
            lock = FileLock(folder / f"{device}.lock")
            with suppress(Timeout):
                lock.acquire(timeout=0)
                return device, lock
        time.sleep(seconds)


def visible_gpus() -> list[str]:
    """Return this process's GPUs, as ``CUDA_VISIBLE_DEVICES`` names them; without torch, which might start CUDA."""
    if VISIBLE in os.environ:
        return [name.strip() for name in os.environ[VISIBLE].split(",") if name.strip()]
    query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.split()
