"""The cost of training."""

import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytorch_lightning as pl
import torch

MEGABYTE = 1e6


class Efficiency(pl.Callback):
    """Measure seconds of every epoch without validation, and peak memory, over all starts of a run.

    Memory is the device's where a GPU trains, as PyTorch allocated it, and otherwise the resident memory of the
    process. On Linux its high-water mark is set back at the start, so that earlier runs of a sweep do not count.
    """

    def __init__(self) -> None:
        self.epoch_seconds: list[float] = []
        self.peak_memory_mb = 0.0
        self.epoch_start = self.validation_start = self.validation_seconds = 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"epoch_seconds": self.epoch_seconds, "peak_memory_mb": self.peak_memory_mb}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epoch_seconds = [float(seconds) for seconds in state_dict["epoch_seconds"]]
        self.peak_memory_mb = float(state_dict["peak_memory_mb"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        reset_peak(pl_module.device)
        self.epoch_start, self.validation_seconds = time.perf_counter(), 0.0

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        _wait_for(pl_module.device)  # otherwise training would be measured as validation
        self.validation_start = time.perf_counter()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.validation_seconds += time.perf_counter() - self.validation_start

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        _wait_for(pl_module.device)
        now = time.perf_counter()
        # From end to end: sampling, which comes before the epoch's start, is a part of training.
        self.epoch_seconds.append(now - self.epoch_start - self.validation_seconds)
        self.epoch_start, self.validation_seconds = now, 0.0
        self.peak_memory_mb = max(self.peak_memory_mb, peak_mb(pl_module.device))


def efficiency(states: dict[str, Any]) -> dict[str, float | None]:
    """Return the entries of ``metrics.json``, from the callbacks' states in a checkpoint; None where not measured."""
    state = states.get(Efficiency.__name__)
    if not state or not state["epoch_seconds"]:
        return {"seconds_per_epoch": None, "peak_memory_mb": None}
    return {
        "seconds_per_epoch": round(median(state["epoch_seconds"]), 4),
        "peak_memory_mb": round(state["peak_memory_mb"], 1),
    }


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def reset_peak(device: torch.device) -> None:
    """Forget how much memory was used so far, where the machine lets us."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not Linux, or not allowed: the mark is that of the whole process
        return


def peak_mb(device: torch.device) -> float:
    """Return the most memory that was used since ``reset_peak``, in megabytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MEGABYTE
    try:  # getrusage also counts the time before the mark was set back
        status = Path("/proc/self/status").read_text()
        return float(status.partition("VmHWM:")[2].split()[0]) * 1024 / MEGABYTE
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
