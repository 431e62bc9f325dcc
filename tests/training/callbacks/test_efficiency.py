"""What training costs, over all starts of a run."""

import mmap
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rlmrec.training.callbacks import Efficiency, efficiency

STATUS = Path("/proc/self/status")
MODULE: Any = SimpleNamespace(device=torch.device("cpu"))
TRAINER: Any = None


def epoch(callback: Efficiency, clock: list[float], training: float, validation: float = 0.0) -> None:
    clock[0] += training
    if validation:
        callback.on_validation_start(TRAINER, MODULE)
        clock[0] += validation
        callback.on_validation_end(TRAINER, MODULE)
    callback.on_train_epoch_end(TRAINER, MODULE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_validation_is_no_training_and_a_resumed_run_goes_on_counting(clock: list[float]) -> None:
    first = Efficiency()
    first.on_train_start(TRAINER, MODULE)
    epoch(first, clock, 2.0, validation=50.0)
    epoch(first, clock, 3.0)
    clock[0] += 1000
    assert 10 < first.peak_memory_mb < 1e6
    first.peak_memory_mb = 1e6
    second = Efficiency()
    second.load_state_dict(first.state_dict())
    second.on_train_start(TRAINER, MODULE)
    epoch(second, clock, 7.0, validation=1.0)
    assert second.epoch_seconds == [2.0, 3.0, 7.0]
    told = efficiency({"Efficiency": second.state_dict(), "Timer": {}})
    assert told["seconds_per_epoch"] == 3.0
    assert told["peak_memory_mb"] == 1e6, "the most of all starts"


@pytest.mark.skipif(not STATUS.exists(), reason="no file tells how much memory is in use")
def test_memory_in_use_is_seen_though_it_is_free_at_the_end() -> None:
    callback = Efficiency()
    callback.on_train_start(TRAINER, MODULE)
    callback.on_train_epoch_end(TRAINER, MODULE)
    before = callback.peak_memory_mb
    in_use = float(STATUS.read_text().partition("VmRSS:")[2].split()[0]) * 1024 / 1e6
    # Where the high-water mark cannot be set back it is that of all tests before this one.
    size = before - in_use + 100
    with mmap.mmap(-1, round(size * 1e6)) as block:  # new memory, even where freed memory is kept
        np.frombuffer(block, dtype=np.uint8).fill(1)
    callback.on_train_epoch_end(TRAINER, MODULE)
    assert callback.peak_memory_mb == pytest.approx(before + 100, abs=20)


def test_checkpoints_of_older_runs_tell_nothing() -> None:
    assert efficiency({"Timer": {}}) == {"seconds_per_epoch": None, "peak_memory_mb": None}
