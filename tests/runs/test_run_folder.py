"""The folder of a run."""

import json
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.runs.folder import RunFolder


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
    folder.write_json("metrics.json", {"metrics": {}})
    with pytest.raises(UserError, match=r"is finished: its results are in .*metrics\.json"):
        folder.refuse_finished()


def test_every_start_keeps_its_provenance(tmp_path: Path) -> None:
    for start in range(3):
        RunFolder(tmp_path).write_provenance([f"seed={start}"])
    names = ["environment.json", "environment-1.json", "environment-2.json"]
    kept = [json.loads((tmp_path / name).read_text())["overrides"] for name in names]
    assert kept == [["seed=0"], ["seed=1"], ["seed=2"]]
