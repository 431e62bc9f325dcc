"""Several gloo processes on the processor."""

import dataclasses
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from multiprocessing import context, forkserver
from pathlib import Path

import polars as pl
import pytest
from scipy.sparse import csr_array

import tiny
from processes import PATIENCE, start, wait_until
from rlmrec.cli import evaluate, train
from rlmrec.data.writing import write_folder
from run_files import history, metrics
from tiny import command, train_arguments

LOSSES = ("train/bpr", "train/ssl", "train/align", "train/reg", "train/loss")


def distributed(processes: int) -> list[str]:
    return ["trainer=ddp", "trainer.accelerator=cpu", f"trainer.devices={processes}"]


@pytest.fixture(scope="module")
def ready_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Processes that begin as copies of one that has its libraries; a spawned one would load them itself.

    Lightning must not know: it keeps the memory of spawned processes apart, but not that of other ones. What they
    write to stderr is in a file.
    """
    told, own = tmp_path_factory.mktemp("processes") / "stderr", os.dup(2)
    forkserver.set_forkserver_preload(["rlmrec.api", "torch._dynamo"])
    with told.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            forkserver.ensure_running()
        finally:
            os.dup2(own, 2)
            os.close(own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(context._concrete_contexts, "spawn", context._concrete_contexts["forkserver"])
        yield told


@pytest.fixture(scope="module")
def alone(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a single process does."""
    run = tmp_path_factory.mktemp("alone") / "run"
    assert command(train, *train_arguments(tiny_folder, run), "backbone=simgcl") == 0
    return run


def check(run: Path, alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A distributed run measures to the last digit what one process measures, and trains as one would."""
    recorded = metrics(run)
    per_user = pl.read_parquet(run / "per_user_test.parquet")
    capsys.readouterr()
    assert command(evaluate, f"run={run}", "trainer=cpu", "json=true") == 0
    again = json.loads(capsys.readouterr().out)
    assert "test/recall@20" in again
    assert {name: recorded[name] for name in again} == again, "to the last digit"
    assert per_user["recall@20"].mean() == pytest.approx(recorded["test/recall@20"], abs=1e-7)
    assert per_user["user"].is_unique().all()
    assert json.loads((run / "metrics.json").read_text())["fit_seconds"] > 0
    rows, expected = history(run), history(alone)
    assert rows["epoch"].to_list() == [0, 1, 2, 3]
    for name in LOSSES:
        assert rows[name].to_list() == pytest.approx(expected[name].to_list(), rel=1e-5), name


@pytest.mark.parametrize("processes", [2, pytest.param(4, marks=pytest.mark.full)])
def test_processes_train_and_measure_as_one_would(
    processes: int,
    ready_processes: Path,
    tiny_folder: Path,
    alone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*distributed(processes), "backbone=simgcl"]
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run"), *words) == 0
    told = capsys.readouterr().err + ready_processes.read_text()
    assert f"GLOBAL_RANK: 1, MEMBER: 2/{processes}" in told and "sync_dist" not in told
    check(tmp_path / "run", alone, capsys)


def test_processes_test_again_as_one_would(
    ready_processes: Path, alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(evaluate, f"run={alone}", "json=true", *distributed(2)) == 0
    told = capsys.readouterr()
    assert "sync_dist" not in told.err + ready_processes.read_text()
    recorded = metrics(alone)
    assert (again := json.loads(told.out)) == {name: recorded[name] for name in again}
    assert "test/recall@20" in again


def test_a_fitted_method_needs_no_second_process(
    ready_processes: Path, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, words in (("one", []), ("two", distributed(2))):
        chosen = ("dataset=folder", f"dataset.root={tiny_folder}", "backbone=item_knn", "align=none")
        assert command(train, *chosen, "trainer=cpu", *words, f"hydra.run.dir={tmp_path / name}") == 0
    assert metrics(tmp_path / "two") == metrics(tmp_path / "one")
    capsys.readouterr()
    assert command(evaluate, f"run={tmp_path / 'two'}", "json=true", *distributed(2)) == 0
    assert json.loads(capsys.readouterr().out).items() <= metrics(tmp_path / "two").items()


@pytest.fixture(scope="module")
def one_user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data in which a single user has held-out items."""
    folder = tmp_path_factory.mktemp("few") / "few"
    dataset = tiny.dataset()
    val, test = (dataset_part.toarray() for dataset_part in (dataset.val, dataset.test))
    for part in (val, test):
        part[part.any(1).nonzero()[0][1:]] = 0
    write_folder(dataclasses.replace(dataset, val=csr_array(val), test=csr_array(test)), folder, source="tests")
    return folder


def test_more_processes_than_users(ready_processes: Path, one_user: Path, tmp_path: Path) -> None:
    words = [*distributed(2), "trainer.max_epochs=1"]
    assert command(train, *train_arguments(one_user, tmp_path / "run"), *words) == 0
    assert len(pl.read_parquet(tmp_path / "run" / "per_user_test.parquet")) == 1


def test_a_mistake_in_a_child_is_told_in_one_line(
    ready_processes: Path, one_user: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [*distributed(2), "trainer.max_epochs=1", "optimizer.lr=1e30"]
    assert command(train, *train_arguments(one_user, tmp_path / "run"), *words) == 1
    told = capfd.readouterr().err
    assert told.splitlines()[-1].startswith("error: training diverged")
    by_children = ready_processes.read_text()
    assert "GLOBAL_RANK" in by_children, "it is the right file"
    assert "Traceback" not in told + by_children


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_a_process_that_is_ended_ends_the_others_in_one_line_and_the_run_goes_on(
    number: signal.Signals, ready_processes: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    run, longer = tmp_path / "run", ("trainer.max_epochs=3000", "evaluation.patience=3000")
    log, last = run / "train.log", run / "checkpoints" / "last.ckpt"
    process = start("train", *train_arguments(tiny_folder, run, *distributed(2), *longer), stderr=subprocess.PIPE)
    try:
        wait_until(lambda: last.exists() and "[run][INFO] - epoch " in log.read_text(), process)
        shown = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "spawn_main"], capture_output=True, check=True)
        peers = [int(word) for word in shown.stdout.split()]
        os.kill(peers[-1] if number == signal.SIGKILL else process.pid, number)
        told = process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == (1 if number == signal.SIGKILL else 130)
    assert f"resume={run}" in told.splitlines()[-1] and "Traceback" not in told
    assert "[run][ERROR] - " in log.read_text().splitlines()[-1]
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in peers))  # nobody is left
    epochs = len(history(run)) + 3
    config = (run / "config.yaml").read_text()
    assert "max_epochs: 3000\n" in config
    (run / "config.yaml").write_text(config.replace("max_epochs: 3000\n", f"max_epochs: {epochs}\n"))  # ends soon
    begun, first = log.read_text(), "[run][INFO] - epoch    0 "
    assert command(train, f"resume={run}") == 0
    assert first in begun and first not in log.read_text().removeprefix(begun), "it did not begin anew"
    whole = train_arguments(tiny_folder, tmp_path / "whole", *distributed(2), *longer, f"trainer.max_epochs={epochs}")
    assert command(train, *whole) == 0
    assert len(history(run)) == epochs
    assert history(run).equals(history(tmp_path / "whole"))
    assert metrics(run) == metrics(tmp_path / "whole")
