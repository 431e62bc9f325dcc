"""Measurement of the cost of training."""

import os
import time
from statistics import median
from typing import Any

import pytorch_lightning as L
import torch

from rlmrec.training.process_memory import MEGABYTE, forget_peak, held_mb, peak_beyond


class Efficiency(L.Callback):
    """Measure seconds per epoch without validation, peak memory and processor time, over all starts of a run.

    On a GPU, memory is what PyTorch allocated on the device. Otherwise it is what the process took beyond
    ``held_before``, which excludes libraries and earlier runs in the same process; it is measured on Linux only.
    Processor time is that of all threads of the process, including validation; it is not reported for training on a
    GPU.

    Args:
        held_before: memory in MB that the process held before the model was built; None if unknown.
    """

    def __init__(self, held_before: float | None = None) -> None:
        self.epoch_seconds: list[float] = []
        self.peak_memory_mb: float | None = None
        self.cpu_seconds: float | None = None
        self.cpu_start = 0.0
        self.epoch_start = self.validation_start = self.validation_seconds = 0.0
        self.held_before, self.process = held_before, os.getpid()

    def state_dict(self) -> dict[str, Any]:
        measured = {"peak_memory_mb": self.peak_memory_mb, "cpu_seconds": self.cpu_seconds}
        return {"epoch_seconds": self.epoch_seconds, **measured}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epoch_seconds = [float(seconds) for seconds in state_dict["epoch_seconds"]]
        peak, seconds = state_dict["peak_memory_mb"], state_dict.get("cpu_seconds")
        self.peak_memory_mb = None if peak is None else float(peak)
        self.cpu_seconds = None if seconds is None else float(seconds)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._begin_memory(pl_module.device)
        self.epoch_start, self.validation_seconds = time.perf_counter(), 0.0
        self.cpu_start = time.process_time()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        _wait_for(pl_module.device)  # otherwise training would be measured as validation
        self.validation_start = time.perf_counter()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.validation_seconds += time.perf_counter() - self.validation_start

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        _wait_for(pl_module.device)
        now = time.perf_counter()
        # Measured from end to end: sampling, which precedes the start of the epoch, is part of training.
        self.epoch_seconds.append(now - self.epoch_start - self.validation_seconds)
        self.epoch_start, self.validation_seconds = now, 0.0
        if pl_module.device.type == "cpu":
            start, self.cpu_start = self.cpu_start, time.process_time()
            self.cpu_seconds = (self.cpu_seconds or 0.0) + self.cpu_start - start
        peak = self._peak(pl_module.device)
        if peak is not None:
            self.peak_memory_mb = max(self.peak_memory_mb or 0.0, peak)

    def _begin_memory(self, device: torch.device) -> None:
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            return
        held = held_mb()
        if os.getpid() != self.process:  # a spawned process has loaded libraries of its own
            self.held_before, self.process = held, os.getpid()
        if not forget_peak():
            self.held_before = None

    def _peak(self, device: torch.device) -> float | None:
        if device.type == "cuda":
            return torch.cuda.max_memory_allocated(device) / MEGABYTE
        return peak_beyond(self.held_before)


def efficiency(states: dict[str, Any]) -> dict[str, float | None]:
    """Return the entries of ``metrics.json`` from the callback states of a checkpoint; None if not measured."""
    state = states.get(Efficiency.__name__)
    if not state or not state["epoch_seconds"]:
        return {"seconds_per_epoch": None, "peak_memory_mb": None, "cpu_seconds": None}
    return {
        "seconds_per_epoch": round(median(state["epoch_seconds"]), 4),
        "peak_memory_mb": None if state["peak_memory_mb"] is None else round(state["peak_memory_mb"], 1),
        "cpu_seconds": None if state.get("cpu_seconds") is None else round(state["cpu_seconds"], 3),
    }


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
