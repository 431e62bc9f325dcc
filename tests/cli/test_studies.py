"""Studies: sweeps that are stopped, go on, and share their work."""

import json
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
import torch

from processes import start, wait_until
from rlmrec.cli import train
from rlmrec.runs.folder import RunFolder
from run_files import metrics, same_weights
from tiny import FAST, command

CELL = "tiny-lightgcn-{}-embedding_dim_8-batch_size_128-max_epochs_{}-seed_1"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def arguments(root: Path, *more: str, epochs: int = 4) -> list[str]:
    short = [word for word in FAST if not word.startswith("trainer.max_epochs")]
    data = ["dataset=folder", f"dataset.root={root}", f"trainer.max_epochs={epochs}"]
    return ["experiment=main_table", "backbone=lightgcn", "seed=1", *data, *short, *more]


def validations(run: Path) -> pl.DataFrame:
    """All validations on record; a row of losses is lost where the process died between checkpoint and log."""
    return pl.read_csv(run / "metrics.csv").select("epoch", pl.col("^val/.*$")).drop_nulls()


def finished(study: str = "main_table") -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in Path("outputs/studies", study).glob("*/metrics.json")}


def test_finished_cells_are_skipped_and_new_ones_added(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *arguments(tiny_folder, "align=none")) == 0
    before = finished()
    assert list(before) == [CELL.format("none", 4)]
    written = json.loads(before[CELL.format("none", 4)])
    assert (written["experiment"], written["dataset"]) == ("main_table", "tiny")
    assert written["seconds_per_epoch"] > 0 and 0 <= written["peak_memory_mb"] < 1000
    assert 0 < written["seconds_to_best"] <= written["fit_seconds"]
    capsys.readouterr()
    assert command(train, *arguments(tiny_folder, "align=none,contrastive")) == 0
    out, told = capsys.readouterr()
    assert out.count("finished before: ") == 1
    after = finished()
    assert after.keys() == {CELL.format(align, 4) for align in ("none", "contrastive")}
    assert after[CELL.format("none", 4)] == before[CELL.format("none", 4)]
    summary = {row[0].strip(): row[1].strip() for row in (line.split("│") for line in told.splitlines()) if row[1:]}
    assert (summary["finished now"], summary["finished before"], summary["interrupted or failed"]) == ("1", "1", "0")
    assert "report: python src/report.py runs=outputs/studies/main_table" in told
    assert "2 of 2 runs" in told and "tiny, best first by validation" in told


def test_a_finished_cell_that_cannot_be_read_is_not_counted_as_finished(
    tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *arguments(tiny_folder, "align=none")) == 0
    (run,) = Path("outputs/studies/main_table").glob("*/metrics.json")
    run.write_text("{")
    assert command(train, *arguments(tiny_folder, "align=none")) == 1
    told = capsys.readouterr().err
    summary = {row[0].strip(): row[1].strip() for row in (line.split("│") for line in told.splitlines()) if row[1:]}
    assert (summary["finished before"], summary["interrupted or failed"]) == ("0", "1")


@pytest.mark.parametrize("name", ["..", "../elsewhere", "a/b"])
def test_a_study_has_a_name_and_no_path(name: str, tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *arguments(tiny_folder, "align=none", f"study={name}")) == 2
    assert f"study={name} is no name" in capsys.readouterr().err and not Path("outputs").exists()


def test_other_options_under_the_name_of_a_finished_cell_are_refused(
    tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *arguments(tiny_folder, "align=generative")) == 0
    before = finished()
    assert command(train, *arguments(tiny_folder, "align=generative", "preset=yelp")) == 1
    told = capsys.readouterr().err
    assert "other options: " in told and "study=NAME" in told
    assert "align.mask_ratio=0.05 (there 0.1)" in told
    assert finished() == before
    assert command(train, *arguments(tiny_folder, "align=generative", "preset=yelp", "study=yelp")) == 0
    assert finished().keys() == finished("yelp").keys() == {CELL.format("generative", 4)}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["hydra=study"], 2, "study=NAME"),
        (["study=mine"], 1, "study=mine has no effect on its own"),
        (["experiment=noise", "resume=outputs"], 2, "leave out experiment=..."),
    ],
)
def test_half_a_study_is_a_mistake(words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *words) == code
    told = capsys.readouterr().err
    assert says in told and len(told.splitlines()) == 1
    assert not Path("outputs/studies").exists()


def test_failed_cells_are_listed_and_tried_again(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path("data/tiny")
    assert command(train, *arguments(root, "align=none,generative")) == 1
    told = capsys.readouterr().err
    assert "2 jobs failed" in told
    assert ["interrupted or failed", "2"] in [[cell.strip() for cell in line.split("│")] for line in told.splitlines()]
    shutil.copytree(tiny_folder, root)
    assert command(train, *arguments(root, "align=none,generative")) == 0
    assert len(finished()) == 2


def test_a_cell_that_another_process_works_at_is_left_to_it(
    tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = RunFolder(Path("outputs/studies/main_table", CELL.format("none", 4)))
    with cell.locked() as mine:
        assert mine
        assert command(train, *arguments(tiny_folder, "align=none,contrastive")) == 0
    assert f"skipped, another process works on it: {cell.path.absolute()}" in capsys.readouterr().out
    assert list(finished()) == [CELL.format("contrastive", 4)]
    assert not cell.config.exists()


def test_a_killed_study_goes_on_and_ends_with_the_same_numbers(tiny_folder: Path) -> None:
    epochs = 24
    sweep = arguments(tiny_folder, "align=none,contrastive", "evaluation.patience=1000", epochs=epochs)
    cells = (CELL.format(align, epochs) for align in ("none", "contrastive"))
    first, second = (name.replace("max_epochs", "patience_1000-max_epochs") for name in cells)
    study = Path("outputs/studies/main_table")
    process = start("train", *sweep, stdout=subprocess.DEVNULL)
    try:
        wait_until((study / second / "checkpoints" / "last.ckpt").exists, process)
    finally:
        process.kill()
        process.wait()
    assert list(finished()) == [first]
    reached = torch.load(study / second / "checkpoints" / "last.ckpt", weights_only=True)["epoch"]
    assert reached < epochs - 1
    done = finished()[first]
    assert command(train, *sweep) == 0
    assert finished().keys() == {first, second}
    assert finished()[first] == done
    assert command(train, *sweep, "study=whole") == 0
    for cell in (first, second):
        whole = study.parent / "whole" / cell
        assert metrics(study / cell) == metrics(whole)
        assert same_weights(study / cell, whole)
        assert validations(study / cell).equals(validations(whole))
