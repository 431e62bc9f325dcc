import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from places import SOURCE
from rlmrec.cli.sweeps import gpu_queue
from rlmrec.cli.sweeps.gpu_queue import VISIBLE, GpuQueue, claim, total_memory, visible_gpus
from rlmrec.common.errors import UserError

GPU_JOB = OmegaConf.create({"trainer": {"accelerator": "auto"}})
CPU_JOB = OmegaConf.create({"trainer": {"accelerator": "cpu"}})


@pytest.fixture(autouse=True)
def own_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpu_queue.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv(VISIBLE, "3, 5")


def one(device: str) -> int:
    return 1


def start(config: object = GPU_JOB, folder: str = "", jobs_per_gpu: Any = 1) -> tuple[GpuQueue, str]:
    """A job in a process of its own, so to say, which sees both GPUs again."""
    os.environ[VISIBLE] = "3,5"
    queue = GpuQueue(folder, jobs_per_gpu, seconds=0.01)
    queue.on_job_start(config)
    return queue, os.environ[VISIBLE]


def test_every_job_gets_a_gpu_of_its_own_and_the_third_waits_for_one() -> None:
    first, gpu_of_first = start()
    second, gpu_of_second = start()
    assert {gpu_of_first, gpu_of_second} == {"3", "5"}
    got: list[str] = []
    third = threading.Thread(target=lambda: got.extend(claim(["3", "5"], one, 0.01)), daemon=True)
    third.start()
    third.join(0.1)
    assert third.is_alive(), "it waits"
    second.on_job_end(GPU_JOB, None)
    third.join(5)
    assert got == [gpu_of_second]
    first.on_job_end(GPU_JOB, None)


def test_the_next_job_of_a_process_takes_the_same_gpu() -> None:
    queue, gpu = start()
    queue.on_job_end(GPU_JOB, None)
    queue.on_job_start(GPU_JOB)
    assert os.environ[VISIBLE] == gpu
    queue.on_job_end(GPU_JOB, None)


def test_a_job_on_the_processor_takes_none() -> None:
    queue, visible = start(CPU_JOB)
    assert visible == "3,5"
    assert not queue.locks


def test_a_killed_job_holds_none(tmp_path: Path) -> None:
    code = "import os, sys, tempfile; sys.path[:0] = sys.argv[1:2]; tempfile.tempdir = sys.argv[2]\n"
    code += "from rlmrec.cli.sweeps.gpu_queue import claim; held = claim(['3'], lambda device: 1, 1)\n"
    code += "print('holds', flush=True); sys.stdin.read()"
    line = [sys.executable, "-c", code, str(SOURCE), str(tmp_path)]
    other = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout and other.stdout.readline() == "holds\n"
    assert start()[1] == "5"
    other.kill()
    other.communicate()
    assert list(claim(["3"], one, 0.01)) == ["3"]


def test_jobs_share_gpus_once_each_has_one(tmp_path: Path) -> None:
    queues, gpus = zip(*(start(jobs_per_gpu=2) for _ in range(4)), strict=True)
    assert sorted(gpus[:2]) == sorted(gpus[2:]) == ["3", "5"]
    fifth = threading.Thread(target=start, kwargs={"jobs_per_gpu": 2}, daemon=True)
    fifth.start()
    fifth.join(0.1)
    assert fifth.is_alive(), "it waits"
    queues[0].on_job_end(GPU_JOB, None)
    fifth.join(5)
    assert not fifth.is_alive()


def test_auto_makes_places_for_jobs_as_large_as_the_largest_so_far(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpu_queue, "total_memory", lambda device: 24_000.0)
    queue = GpuQueue(str(tmp_path), "auto")
    assert queue.places("3") == 1, "nothing is known yet"
    (tmp_path / ".gpu_memory").write_text("1000\n3000\n")
    assert queue.places("3") == int(0.9 * 24_000 / 3600) == 6
    (tmp_path / ".gpu_memory").write_text("50000\n")
    assert queue.places("3") == 1


def with_cuda(monkeypatch: pytest.MonkeyPatch, begun: bool, megabytes: float) -> None:
    """A torch that has begun to use a GPU, or has not, and the most memory that it held there."""
    cuda = SimpleNamespace(is_initialized=lambda: begun, max_memory_reserved=lambda: int(megabytes * 2**20))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))


def test_jobs_that_end_note_how_much_memory_they_took(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpu_queue, "total_memory", lambda device: 24_000.0)
    folder = tmp_path / "sweep"
    folder.mkdir()
    for megabytes in (1000.4, 3000.0, 2000.0):
        queue, gpu = start(folder=str(folder), jobs_per_gpu="auto")
        with_cuda(monkeypatch, True, megabytes)
        queue.on_job_end(GPU_JOB, None)
    assert (folder / ".gpu_memory").read_text() == "1000\n3000\n2000\n"
    assert queue.places(gpu) == 6, "as for the largest"
    assert len(claim(["3", "5"], one, 0.01, 2)) == 2, "their GPUs are free"


def test_memory_is_noted_only_where_it_is_asked_for_and_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a job on a GPU, which torch has used, where the number of jobs follows from it."""
    for config, jobs_per_gpu, begun in ((GPU_JOB, 2, True), (GPU_JOB, "auto", False), (CPU_JOB, "auto", True)):
        queue, _ = start(config, str(tmp_path), jobs_per_gpu)
        with_cuda(monkeypatch, begun, 1000.0)
        queue.on_job_end(config, None)
        assert not queue.locks
    queue, _ = start(folder=str(tmp_path), jobs_per_gpu="auto")
    monkeypatch.delitem(sys.modules, "torch")
    queue.on_job_end(GPU_JOB, None)
    assert not queue.locks and not (tmp_path / ".gpu_memory").exists()


@pytest.mark.parametrize("devices", [2, "2", "auto", -1, [0, 1], "0,1", 8])
def test_a_job_on_several_gpus_waits_until_all_are_free(devices: Any) -> None:
    first, gpu = start()
    job = OmegaConf.create({"trainer": {"accelerator": "auto", "devices": devices}})
    got: list[str] = []
    second = threading.Thread(target=lambda: got.append(start(job)[1]), daemon=True)
    second.start()
    second.join(0.1)
    assert second.is_alive(), "it waits"
    held = claim(["3", "5"], one, 0.01)
    assert list(held) == ["5" if gpu == "3" else "3"], "and holds none meanwhile"
    first.on_job_end(GPU_JOB, None)
    second.join(0.1)
    assert second.is_alive(), "one is still taken"
    held.popitem()[1].release()
    second.join(5)
    assert got == ["3,5"]


def test_a_job_on_several_gpus_sees_them_all_and_gives_them_back() -> None:
    job = OmegaConf.create({"trainer": {"accelerator": "gpu", "devices": 2}})
    queue, visible = start(job)
    assert visible == "3,5"
    queue.on_job_end(job, None)
    assert len(claim(["3", "5"], one, 0.01, 2)) == 2


@pytest.mark.parametrize("wrong", [0, -1, "many", 1.5])
def test_a_gpu_without_places_is_refused(wrong: Any) -> None:
    with pytest.raises(UserError, match="give a number from 1, or auto"):
        GpuQueue("", wrong)


def test_gpus_are_those_of_the_environment_or_of_the_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert visible_gpus() == ["3", "5"]
    for hidden in ("", "-1", "-1,0"):
        monkeypatch.setenv(VISIBLE, hidden)
        assert visible_gpus() == []
    monkeypatch.setenv(VISIBLE, "1,-1,0")
    assert visible_gpus() == ["1"], "as for CUDA, the first negative number ends the list"
    monkeypatch.delenv(VISIBLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == [], "no driver, no GPU"
    driver(tmp_path, "echo 0; echo 1")
    assert visible_gpus() == ["0", "1"]


def driver(folder: Path, answer: str) -> None:
    """A tool of the driver that does what a line of shell says."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)


def test_memory_of_a_gpu_is_what_the_driver_tells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert total_memory("3") == 0.0, "no driver"
    driver(tmp_path, 'test "$1" = --id=3 && echo 24564')
    assert total_memory("3") == 24564.0
    assert total_memory("4") == 0.0, "there is no such GPU"
    for garbage in ("echo '[N/A]'", "true", "echo 1; echo 2", "echo 24564; exit 3"):
        driver(tmp_path, garbage)
        assert total_memory("3") == 0.0, garbage


def test_a_process_gets_all_gpus_back_until_it_has_used_one(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = GpuQueue("", seconds=0.01)
    seen = []
    for devices in (2, 1, 2):
        job = OmegaConf.create({"trainer": {"accelerator": "gpu", "devices": devices}})
        queue.on_job_start(job)
        seen.append(os.environ[VISIBLE])
        queue.on_job_end(job, None)
    assert seen == ["3,5", "3", "3,5"]
