"""Two gloo processes on the processor."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import evaluate
from tiny import command, train_arguments

SCRIPT = Path(evaluate.__file__).with_name("train.py")


def test_two_processes_train_and_measure_as_one_would(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    distributed = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")
    arguments = [*train_arguments(tiny_folder, run), *distributed, "backbone=simgcl"]
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    recorded = json.loads((run / "metrics.json").read_text())["metrics"]
    per_user = pl.read_parquet(run / "per_user_test.parquet")
    again = single_process_metrics(run, capsys)
    assert {name: recorded[name] for name in again} == again, "to the last digit"
    assert per_user["recall@20"].mean() == pytest.approx(recorded["test/recall@20"], abs=1e-7)
    assert per_user["user"].is_unique().all()


def single_process_metrics(run: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    assert command(evaluate, f"run={run}", "trainer=cpu", "json=true") == 0
    return json.loads(capsys.readouterr().out)
