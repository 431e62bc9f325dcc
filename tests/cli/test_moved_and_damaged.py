"""Run folders that were moved, tampered with or damaged, and data that changed under a run."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

import tiny
from processes import PATIENCE, start
from rlmrec.cli import evaluate, train
from rlmrec.data.updating import update_embeddings
from run_files import metrics, same_weights
from tiny import command, train_arguments

SETTINGS = ("trainer.max_epochs=7", "optimizer.lr=0.3", "align=none", "seed=3")  # the best epoch is not the last


def interrupted(folder: Path, run: Path, *more: str) -> None:
    """A run that stopped before its last epochs, as a smaller limit makes it."""
    assert command(train, *train_arguments(folder, run, *SETTINGS, *more, "trainer.max_epochs=4")) == 0
    for name in ("metrics.json", "per_user_test.parquet"):
        (run / name).unlink()
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["trainer"]["max_epochs"] = 7
    (run / "config.yaml").write_text(yaml.safe_dump(config))


def test_a_moved_run_goes_on_with_the_same_numbers(tiny_folder: Path, tmp_path: Path) -> None:
    whole, parts, moved = (tmp_path / name for name in ("whole", "parts", "moved"))
    assert command(train, *train_arguments(tiny_folder, whole, *SETTINGS)) == 0
    interrupted(tiny_folder, parts)
    shutil.move(parts, moved)
    assert command(train, f"resume={moved}") == 0
    assert metrics(moved) == metrics(whole)
    assert same_weights(moved, whole)
    best = [torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["epoch"] for run in (moved, whole)]
    assert best[0] == best[1] == json.loads((moved / "metrics.json").read_text())["best_epoch"]


def test_no_partial_checkpoint_is_left(finished: Path) -> None:
    assert {path.name for path in (finished / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert "val/recall@20" in (finished / "train.log").read_text()


def test_other_text_is_noticed(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, run = tmp_path / "data", tmp_path / "run"
    shutil.copytree(tiny_folder, folder)
    assert command(train, *train_arguments(folder, run)) == 0
    noise = np.random.default_rng(0).standard_normal((tiny.NUM_USERS + tiny.NUM_ITEMS, 12)).astype(np.float32)
    update_embeddings(folder, noise[: tiny.NUM_USERS], noise[tiny.NUM_USERS :], {})
    capsys.readouterr()
    assert command(evaluate, f"run={run}", "trainer=cpu") == 1
    assert "the checkpoint was trained on" in capsys.readouterr().err


def test_a_relative_path_is_found_from_elsewhere(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_folder.parent)
    assert command(train, *train_arguments(Path(tiny_folder.name), tmp_path / "run")) == 0
    monkeypatch.chdir(tmp_path)
    assert command(evaluate, "run=run", "trainer=cpu") == 0


def test_a_stored_configuration_cannot_name_other_code(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["logger"]["evil"] = {"_target_": "pathlib.Path.mkdir", "self": str(tmp_path / "canary")}
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    assert command(evaluate, f"run={run}", "trainer=cpu") == 1
    assert "asks for pathlib.Path.mkdir" in capsys.readouterr().err
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("damaged", ["config.yaml", "checkpoints/best.ckpt"])
def test_damage_is_named(damaged: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = (run / damaged).read_bytes()
    (run / damaged).write_bytes(b"" if damaged == "config.yaml" else content[: len(content) // 2])
    assert command(evaluate, f"run={run}", "trainer=cpu") == 1
    printed = capsys.readouterr().err
    assert f"{run / damaged} is damaged" in printed
    assert len(printed.splitlines()) == 1


def test_results_as_json_are_nothing_else(finished: Path) -> None:
    words = (f"run={finished}", "trainer=cpu", "json=true")
    with start("evaluate", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        printed, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert json.loads(printed)["test/recall@20"] == metrics(finished)["test/recall@20"]


def test_unfinished_runs_and_tests_of_a_part_are_told(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ["backbone=lightgcn", "align=none", "trainer.max_epochs=1", "+trainer.limit_test_batches=1"]
    assert command(train, *train_arguments(tiny_folder, run, *words)) == 0
    capsys.readouterr()
    assert command(evaluate, f"run={run}", "trainer=cpu") == 0
    printed, said = capsys.readouterr()
    assert "the run's own test had trainer.limit_test_batches=1; this one has all batches" in printed
    assert "not finished" not in said
    (run / "metrics.json").unlink()
    assert command(evaluate, f"run={run}", "trainer=cpu") == 0
    assert "is not finished, these are its best weights so far" in capsys.readouterr().err
