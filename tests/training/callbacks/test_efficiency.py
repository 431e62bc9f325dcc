"""What training costs, over all starts of a run."""

import json
import os
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import memory_taken
from processes import PATIENCE, Forked
from rlmrec.training import process_memory
from rlmrec.training.callbacks import Efficiency, efficiency
from rlmrec.training.process_memory import held_mb

needs_peak = pytest.mark.skipif(
    not process_memory.forget_peak(), reason="the system does not tell the peak of a part of a process's life"
)
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
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    return now


@needs_peak
def test_validation_is_no_training_and_a_resumed_run_goes_on_counting(clock: list[float]) -> None:
    first = Efficiency(held_mb())
    first.on_train_start(TRAINER, MODULE)
    epoch(first, clock, 2.0, validation=50.0)
    epoch(first, clock, 3.0)
    clock[0] += 1000
    assert first.peak_memory_mb is not None and first.peak_memory_mb < 1e5, "not all that the process holds"
    first.peak_memory_mb = 1e6
    second = Efficiency(held_mb())
    second.load_state_dict(first.state_dict())
    second.on_train_start(TRAINER, MODULE)
    epoch(second, clock, 7.0, validation=1.0)
    assert second.epoch_seconds == [2.0, 3.0, 7.0]
    told = efficiency({"Efficiency": second.state_dict(), "Timer": {}})
    assert told["seconds_per_epoch"] == 3.0
    assert told["peak_memory_mb"] == 1e6, "the most of all starts"
    assert told["cpu_seconds"] == (52.0 + 3.0 + 8.0) / 2, "validation included, and nothing between the starts"


def test_no_processor_time_is_told_where_a_gpu_trains(clock: list[float]) -> None:
    callback = Efficiency()
    device = SimpleNamespace(type="mps")
    callback.on_train_start(TRAINER, SimpleNamespace(device=device))  # type: ignore[arg-type]
    callback.on_train_epoch_end(TRAINER, SimpleNamespace(device=device))  # type: ignore[arg-type]
    assert efficiency({"Efficiency": callback.state_dict()})["cpu_seconds"] is None


@needs_peak
def test_memory_is_that_of_the_run_and_not_of_those_before_it_in_the_process() -> None:
    script = [memory_taken.__file__]  # in a process of its own, where nobody else takes or frees memory
    with Forked(script, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        told, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    large, small = json.loads(told)
    assert large == pytest.approx(200, abs=20), "though it is free at the end"
    assert small == pytest.approx(50, abs=20)


def test_where_the_peak_cannot_be_told_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process_memory, "FORGET_PEAK", tmp_path / "absent" / "file")
    callback = Efficiency(held_mb())
    callback.on_train_start(TRAINER, MODULE)
    callback.on_train_epoch_end(TRAINER, MODULE)
    assert efficiency({"Efficiency": callback.state_dict()})["peak_memory_mb"] is None


def test_checkpoints_of_older_runs_tell_nothing() -> None:
    assert efficiency({"Timer": {}}) == {"seconds_per_epoch": None, "peak_memory_mb": None, "cpu_seconds": None}
