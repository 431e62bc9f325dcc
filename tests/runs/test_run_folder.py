"""The folder of a run."""

import json
import time
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.runs.folder import RunFolder


@pytest.fixture
def claimed_folder(tmp_path: Path) -> Path:
    RunFolder(tmp_path / "run").claim("seed: 1\n")
    return tmp_path / "run"


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run"
    RunFolder(path).claim("seed: 1\n")
    with pytest.raises(UserError, match=f"{path} already holds a run.*hydra.run.dir.*resume={path}"):
        RunFolder(path).claim("seed: 2\n")
    assert (path / "config.yaml").read_text() == "seed: 1\n"


def test_claiming_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("Hydra was here first")
    RunFolder(tmp_path).claim("seed: 1\n")
    assert (tmp_path / "train.log").read_text() == "Hydra was here first"


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_only_what_was_claimed_is_a_run(path: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=f"resume={tmp_path / path} is not a run folder"):
        RunFolder.existing(tmp_path / path, option="resume")
    RunFolder(tmp_path / path).claim("")
    assert RunFolder.existing(str(tmp_path / path), option="resume").path == tmp_path / path


def test_a_finished_run_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.refuse_finished()
    folder.write_results({"metrics": {}})
    with pytest.raises(UserError, match=r"is finished: its results are in .*metrics\.json"):
        folder.refuse_finished()


def test_every_start_keeps_its_provenance(tmp_path: Path) -> None:
    for start in range(3):
        RunFolder(tmp_path).write_provenance([f"seed={start}"])
    names = ["environment.json", "environment-1.json", "environment-2.json"]
    kept = [json.loads((tmp_path / name).read_text())["overrides"] for name in names]
    assert kept == [["seed=0"], ["seed=1"], ["seed=2"]]


def test_a_run_of_a_later_format_is_refused_in_one_line(claimed_folder: Path) -> None:
    folder = RunFolder(claimed_folder)
    assert folder.options()
    (claimed_folder / "environment.json").write_text('{"format_version": 2}')
    with pytest.raises(UserError, match=r"environment\.json is of format 2, .* formats up to 1: install a newer one"):
        folder.options()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format_version": "x"}', '{"format_version": 1}'])
def test_a_run_that_names_no_format_is_of_the_first(content: str, claimed_folder: Path) -> None:
    (claimed_folder / "environment.json").write_text(content)
    assert RunFolder(claimed_folder).options() == {"seed": 1}


def test_a_folder_that_was_there_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = {"own": "a log of mine", "earlier": "[2020-01-01 00:00:00,000][run][ERROR] - a mistake"}
    for name, log in logs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.log").write_text(log)
        RunFolder(tmp_path / name).remove_if_unclaimed()
        assert (tmp_path / name / "train.log").read_text() == log
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    RunFolder("..").remove_if_unclaimed()
    assert Path.cwd().is_dir()


def test_a_folder_in_which_no_run_was_begun_is_removed(tmp_path: Path) -> None:
    mistaken, begun, other = (RunFolder(tmp_path / name) for name in ("mistaken", "begun", "other"))
    for folder in (mistaken, begun, other):
        folder.path.mkdir()
        (folder.path / "train.log").write_text(time.strftime("[%Y-%m-%d %H:%M:%S,000][run][ERROR] - a mistake"))
    begun.claim("seed: 1")
    (other.path / "thesis.txt").write_text("x")
    for folder in (mistaken, begun, other):
        folder.remove_if_unclaimed()
    assert [folder.path.exists() for folder in (mistaken, begun, other)] == [False, True, True]
    mistaken.path.mkdir()
    with mistaken.locked():
        RunFolder(mistaken.path).remove_if_unclaimed()
        assert mistaken.path.exists(), "another process is at work"


def test_unfinished_files_of_killed_processes_are_cleared(claimed_folder: Path) -> None:
    folder = RunFolder(claimed_folder)
    folder.last.parent.mkdir()
    left = [claimed_folder / ".metrics.csv.elsewhere-1.partial", folder.last.parent / ".last.ckpt.elsewhere-1.partial"]
    for path in left:
        path.write_text("half")
    with folder.locked():
        assert not any(path.exists() for path in left)
