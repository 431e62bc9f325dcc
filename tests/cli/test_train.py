"""The main command, run as a user would."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch
import yaml

from rlmrec.cli import evaluate, train
from tiny import command, train_arguments


def history(run: Path) -> pl.DataFrame:
    return pl.read_csv(run / "metrics.csv")


def metrics(run: Path) -> dict[str, float]:
    return json.loads((run / "metrics.json").read_text())["metrics"]


def same_weights(first: Path, second: Path) -> bool:
    states = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (first, second)]
    return all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_run_writes_its_folder(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    run = tmp_path / "run"
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert config["trainer"]["max_epochs"] == 4
    environment = json.loads((run / "environment.json").read_text())
    assert "trainer=cpu" in environment["overrides"]
    assert environment["packages"]["torch"] == torch.__version__.partition("+")[0] or environment["packages"]["torch"]
    rows = history(run)
    assert rows["epoch"].to_list() == [0, 1, 2, 3]
    assert rows["val/recall@20"].is_null().to_list() == [False, True, True, False], "validated after epochs 0 and 3"
    assert {"train/bpr", "train/align", "train/reg", "train/loss"} <= set(rows.columns)
    per_user = pl.read_parquet(run / "per_user_test.parquet")
    assert per_user["recall@20"].mean() == pytest.approx(metrics(run)["test/recall@20"])
    assert per_user["external_id"][0].startswith("user-")
    for name in ("best", "last"):
        assert (run / "checkpoints" / f"{name}.ckpt").is_file()
    assert (run / "train.log").is_file()
    printed = capsys.readouterr().out
    assert "recall@20" in printed
    assert "made up for tests" in printed


def test_training_learns(tiny_folder: Path, tmp_path: Path) -> None:
    longer = ("trainer.max_epochs=60", "optimizer.lr=0.05", "align=none")
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", *longer)) == 0
    assert metrics(tmp_path / "run")["test/recall@5"] > 0.3  # an untrained model reaches about 0.12


def test_same_seed_same_numbers_and_other_seed_others(tiny_folder: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert command(train, *train_arguments(tiny_folder, tmp_path / name, f"seed={seed}")) == 0
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    assert same_weights(tmp_path / "a", tmp_path / "b")
    assert not same_weights(tmp_path / "a", tmp_path / "c")


def test_never_writes_over_an_earlier_run(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(tiny_folder, tmp_path / "run")
    assert command(train, *arguments) == 0
    before = (tmp_path / "run" / "metrics.json").read_bytes()
    assert command(train, *arguments) == 1
    assert "already holds a run" in capsys.readouterr().err
    assert (tmp_path / "run" / "metrics.json").read_bytes() == before


def test_evaluate_reproduces_the_test_numbers(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    capsys.readouterr()
    assert command(evaluate, f"run={tmp_path / 'run'}", "trainer=cpu") == 0
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "@" in line]
    assert len(rows) == 25, "six metrics of accuracy at three depths, and seven others"
    assert all(again.strip() == recorded.strip() for _, _, again, recorded, _ in rows)
    assert command(evaluate, f"run={tmp_path / 'run'}", "trainer=cpu", "mask=train+val") == 0
    masked = [line.split("│") for line in capsys.readouterr().out.splitlines() if "recall@5 " in line]
    assert float(masked[0][2]) > float(masked[0][3]), "fewer candidates, higher recall"


def test_multirun_runs_all_and_survives_a_failing_job(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = ["-m", f"hydra.sweep.dir={tmp_path}", "align=none,generative", "backbone.num_layers=1,-1"]
    assert command(train, *sweep, *train_arguments(tiny_folder, tmp_path / "unused")) == 1
    finished = sorted(path.parent.name for path in tmp_path.glob("*/metrics.json"))
    assert finished == ["0_folder-lightgcn-none-seed2023", "2_folder-lightgcn-generative-seed2023"]
    printed = capsys.readouterr().err
    assert "2 job(s) failed" in printed
    assert "backbone.num_layers=-1" in printed
    assert "Traceback" not in printed
