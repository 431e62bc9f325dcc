from pathlib import Path

from omegaconf import OmegaConf

from rlmrec.cli.sweeps import failed_jobs
from rlmrec.cli.sweeps.failed_jobs import ListFailedJobs

CONFIG = OmegaConf.create()


def test_failures_are_listed_once_with_a_file_and_without(tmp_path: Path) -> None:
    failed_jobs.taken()
    failed_jobs.note("in this process")
    ListFailedJobs(str(tmp_path)).on_job_start(CONFIG)
    failed_jobs.note("one")
    failed_jobs.note("two")
    assert failed_jobs.taken() == ["in this process", "one", "two"]
    assert not list(tmp_path.iterdir())
    assert failed_jobs.taken() == []


def test_failures_of_a_killed_command_are_not_those_of_the_next(tmp_path: Path) -> None:
    failed_jobs.taken()
    killed, following = ListFailedJobs(str(tmp_path)), ListFailedJobs(str(tmp_path))
    assert killed.files == following.files, "they have the same process number, so to say"
    killed.on_multirun_start(CONFIG)
    failed_jobs.note("of the killed one")
    following.on_multirun_start(CONFIG)
    assert failed_jobs.taken() == []
