"""Which folders are runs."""

import re
from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec.common.errors import UserError
from rlmrec.report.finished_run import find


def test_runs_are_found_at_any_depth_and_once(tmp_path: Path) -> None:
    one, deep = write(tmp_path / "one"), write(tmp_path / "a" / "b" / "deep")
    unfinished = write(tmp_path / "a" / "begun", finished=None)
    other = tmp_path / "one" / "wandb" / "files"
    other.mkdir(parents=True)
    (other / "config.yaml").write_text("backbone: {value: 1}")
    (tmp_path / "config.yaml").write_text("hydra: {}")
    runs, begun = find([str(tmp_path), str(one)])
    assert [run.folder.path for run in runs] == [deep, one]
    assert begun == [f"not finished, left out: {unfinished}"]
    assert runs[0].test("recall@20") == 0.1 and runs[0].validation == pytest.approx(0.11)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "metrics.json is damaged"),
        ("[]", "metrics.json is damaged: it holds no object"),
        ('{"dataset": "x"}', "lacks backbone, align, seed"),
    ],
)
def test_damaged_results_are_named(tmp_path: Path, content: str, message: str) -> None:
    (write(tmp_path / "run") / "metrics.json").write_text(content)
    with pytest.raises(UserError, match=message):
        find([str(tmp_path)])


def test_places_without_runs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        find([str(tmp_path / "absent")])
    write(tmp_path / "begun", finished=None)
    with pytest.raises(UserError, match="no finished run in"):
        find([str(tmp_path)])


def test_foreign_code_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "run", backbone__other={"_target_": "os.system"})
    with pytest.raises(UserError, match=r"asks for os\.system"):
        find([str(tmp_path)])


def test_a_damaged_table_is_left_out_and_named(tmp_path: Path) -> None:
    (write(tmp_path / "run") / "per_user_test.parquet").write_bytes(b"no parquet")
    run = find([str(tmp_path)])[0][0]
    assert run.per_user is None and run.recommendations is None and run.history is None
    (line,) = run.damage
    assert re.match(r"unreadable, left out: \S+per_user_test\.parquet: ", line)


def test_a_run_cut_short_does_not_stop_the_report_of_the_others(tmp_path: Path) -> None:
    good = write(tmp_path / "good")
    (write(tmp_path / "bad") / "metrics.json").write_text('{"dataset": ')
    (write(tmp_path / "worse") / "metrics.json").write_text(
        (good / "metrics.json").read_text().replace("0.1,", "null,")
    )
    runs, lines = find([str(tmp_path)])
    assert [run.folder.path for run in runs] == [good]
    assert all(re.match(r"left out: \S+metrics\.json is damaged: ", line) for line in lines) and len(lines) == 2


def test_a_run_with_an_empty_configuration_is_named(tmp_path: Path) -> None:
    write(tmp_path / "good")
    (write(tmp_path / "bad") / "config.yaml").write_text("")
    runs, (line,) = find([str(tmp_path)])
    assert len(runs) == 1 and re.match(r"left out: \S+config\.yaml is damaged", line)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.1,", "Infinity,", "no metric has such a value"),
        ("0.1,", "1e300,", "no metric has such a value"),
        ('"books"', '"books\\n# one more"', "a name of several lines"),
        ("test/", "val/", "holds no test metric"),
    ],
)
def test_what_no_run_measures_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    write(tmp_path / "good")
    file = write(tmp_path / "bad") / "metrics.json"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    runs, (line,) = find([str(tmp_path)])
    assert len(runs) == 1 and message in line


def test_a_run_is_one_however_its_folder_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write(tmp_path / "a" / "run")
    (tmp_path / "link").symlink_to(tmp_path / "a", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    assert [found.folder.path for found in find([str(run), "a", "a/../a", "link/run"])[0]] == [run]


def test_folders_above_may_be_called_as_they_like(tmp_path: Path) -> None:
    run = write(tmp_path / "wandb" / "outputs" / "run")
    assert [found.folder.path for found in find([str(tmp_path / "wandb" / "outputs")])[0]] == [run]


def test_a_study_may_be_called_as_a_folder_of_weights_and_biases(tmp_path: Path) -> None:
    write(tmp_path / "wandb" / "a")
    run = write(tmp_path / "main" / "b")
    for place in (run / "wandb" / "run-1", run / ".hydra"):
        (place / "files").mkdir(parents=True)
        (place / "files" / "config.yaml").write_text("backbone: x")
    assert [found.folder.path.name for found in find([str(tmp_path)])[0]] == ["b", "a"]
