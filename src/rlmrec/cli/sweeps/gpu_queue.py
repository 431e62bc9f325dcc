"""A queue that assigns the GPUs of this machine to concurrent jobs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from rlmrec.common.errors import UserError

VISIBLE = "CUDA_VISIBLE_DEVICES"
FILLED = 0.9
"""Maximum share of a GPU's memory that all its jobs may take together."""
CONTEXT = 600.0
"""Memory in MB that a process takes on a GPU in addition to its tensors."""


class GpuQueue(Callback):
    """Assign every job a slot on as many GPUs as ``trainer.devices`` asks for; the job waits until these are free.

    Has no effect without GPUs, or for jobs that do not use one. A process keeps the GPUs of its first job, since CUDA
    cannot change them. The operating system releases the lock of a killed job. All commands of a user on a machine
    share one queue.

    Args:
        folder: folder of the sweep, where jobs note how much memory they used.
        jobs_per_gpu: slots on each GPU; ``auto``: one until the first job has ended, then as many as fit into memory.
        seconds: interval in seconds between two checks for a free slot.

    Raises:
        UserError: if ``jobs_per_gpu`` is neither a positive integer nor ``auto``.
    """

    def __init__(self, folder: str, jobs_per_gpu: int | Literal["auto"] = 1, seconds: float = 1.0) -> None:
        if jobs_per_gpu != "auto" and (not isinstance(jobs_per_gpu, int) or jobs_per_gpu < 1):
            raise UserError(f"hydra.callbacks.gpu_queue.jobs_per_gpu={jobs_per_gpu}: give a number from 1, or auto")
        self.taken = Path(folder).absolute() / ".gpu_memory"
        self.jobs_per_gpu = jobs_per_gpu
        self.seconds = seconds
        self.locks: list[FileLock] = []
        self.visible: list[str] | None = None

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        if self.visible is None or _torch_on_cuda() is not None:
            self.visible = visible_gpus()
        devices = [] if OmegaConf.select(config, "trainer.accelerator") == "cpu" else self.visible
        if devices:
            wanted = OmegaConf.select(config, "trainer.devices", default=1)
            held = claim(devices, self.places, self.seconds, number_of(wanted, len(devices)))
            os.environ[VISIBLE], self.locks = ",".join(held), list(held.values())

    def on_job_end(self, config: DictConfig, job_return: Any, **_: Any) -> None:
        if self.locks:
            self._note_memory()
        while self.locks:
            self.locks.pop().release()

    def places(self, device: str) -> int:
        """Return the number of slots on a GPU."""
        if self.jobs_per_gpu != "auto":
            return self.jobs_per_gpu
        if not self.taken.is_file():
            return 1
        noted = [float(line) for line in self.taken.read_text("utf-8").split()]
        if not noted:  # another job is about to write to the file
            return 1
        largest = max(noted)
        return max(1, int(FILLED * total_memory(device) / (largest + CONTEXT)))

    def _note_memory(self) -> None:
        torch = _torch_on_cuda()
        if self.jobs_per_gpu == "auto" and torch is not None:
            with self.taken.open("a", encoding="utf-8") as file:
                file.write(f"{torch.cuda.max_memory_reserved() / 2**20:.0f}\n")


def _torch_on_cuda() -> Any:
    """Return torch if this process has begun to use CUDA, or else None; torch is not loaded for this."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and torch.cuda.is_initialized() else None


def number_of(wanted: Any, available: int) -> int:
    """Return how many GPUs a job takes by ``trainer.devices``: a number, a list as such or as text, or all of them.

    Args:
        wanted: value of ``trainer.devices``.
        available: number of visible GPUs; a job that wants more gets these, and its trainer says what is missing.
    """
    listed = wanted.strip(",").split(",") if isinstance(wanted, str) and "," in wanted else wanted
    if isinstance(listed, list) or OmegaConf.is_list(listed):
        number = len(listed)
    else:
        number = int(listed) if str(listed).isdecimal() else available
    return max(1, min(number, available))


def claim(devices: Sequence[str], places: Callable[[str], int], seconds: float, number: int = 1) -> dict[str, FileLock]:
    """Wait until enough GPUs have a free slot, and return these GPUs with the locks that hold the slots.

    Args:
        devices: names of GPUs.
        places: function that returns the number of slots on a GPU, called at every check.
        seconds: interval in seconds between two checks.
        number: number of GPUs to claim; none is held while others are missing.
    """
    folder = Path(tempfile.gettempdir()) / f"rlmrec-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        of_each = {device: places(device) for device in devices}
        held: dict[str, FileLock] = {}
        for place in range(max(of_each.values())):  # place one job on every GPU before a second one
            for device in devices:
                if place < of_each[device] and device not in held:
                    lock = FileLock(folder / f"{device}-{place}.lock")
                    with suppress(Timeout):
                        lock.acquire(timeout=0)
                        held[device] = lock
                if len(held) == number:
                    return held
        for lock in held.values():
            lock.release()
        time.sleep(seconds)


def total_memory(device: str) -> float:
    """Return the memory of a GPU in MB, or 0 if the driver does not report it."""
    query = ["nvidia-smi", f"--id={device}", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        return float(subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0.0


def visible_gpus() -> list[str]:
    """Return this process's GPUs in the notation of ``CUDA_VISIBLE_DEVICES``, without torch, which might start CUDA.

    CUDA ignores the first negative or empty name there and all after it.
    """
    if VISIBLE in os.environ:
        names = (name.strip() for name in os.environ[VISIBLE].split(","))
        return list(takewhile(lambda name: name and not name.startswith("-"), names))
    query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.split()
