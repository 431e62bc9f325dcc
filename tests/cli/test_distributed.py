"""Several gloo processes on the processor."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from scipy.sparse import csr_array

import tiny
from places import SOURCE
from rlmrec.cli import evaluate, train
from rlmrec.data.writing import write_folder
from tiny import command, train_arguments

SCRIPT = SOURCE / "train.py"


@pytest.mark.parametrize("processes", [2, 4])
def test_several_processes_train_and_measure_as_one_would(
    processes: int, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, alone = tmp_path / "run", tmp_path / "alone"
    distributed = ("trainer=ddp", "trainer.accelerator=cpu", f"trainer.devices={processes}")
    arguments = [*train_arguments(tiny_folder, run), *distributed, "backbone=simgcl"]
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    recorded = json.loads((run / "metrics.json").read_text())["metrics"]
    per_user = pl.read_parquet(run / "per_user_test.parquet")
    again = single_process_metrics(run, capsys)
    assert {name: recorded[name] for name in again} == again, "to the last digit"
    assert per_user["recall@20"].mean() == pytest.approx(recorded["test/recall@20"], abs=1e-7)
    assert per_user["user"].is_unique().all()
    assert json.loads((run / "metrics.json").read_text())["fit_seconds"] > 0
    assert "sync_dist" not in done.stderr
    assert command(train, *train_arguments(tiny_folder, alone), "backbone=simgcl") == 0
    history, expected = (pl.read_csv(folder / "metrics.csv") for folder in (run, alone))
    assert history["epoch"].to_list() == [0, 1, 2, 3]
    for name in ("train/bpr", "train/ssl", "train/align", "train/reg", "train/loss"):
        assert history[name].to_list() == pytest.approx(expected[name].to_list(), rel=1e-5), name


def test_more_processes_than_users_and_a_mistake_in_a_child(tiny_folder: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    dataset = tiny.dataset()
    val, test = (dataset_part.toarray() for dataset_part in (dataset.val, dataset.test))
    for part in (val, test):
        part[part.any(1).nonzero()[0][1:]] = 0  # one user with held-out items is left
    write_folder(dataclasses.replace(dataset, val=csr_array(val), test=csr_array(test)), few, source="tests")
    run = tmp_path / "run"
    distributed = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2", "trainer.max_epochs=1")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *train_arguments(few, run), *distributed], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(pl.read_parquet(run / "per_user_test.parquet")) == 1
    arguments = [*train_arguments(few, tmp_path / "other"), *distributed, "optimizer.lr=1e30"]
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: training diverged")
    assert "Traceback" not in done.stderr


def single_process_metrics(run: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    assert command(evaluate, f"run={run}", "trainer=cpu", "json=true") == 0
    return json.loads(capsys.readouterr().out)
