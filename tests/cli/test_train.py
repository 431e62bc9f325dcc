"""The main command, run as a user would."""

import json
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
import yaml

from rlmrec.cli import evaluate, train
from run_files import history, metrics, same_weights
from tiny import command, train_arguments


def test_a_run_writes_its_folder(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    run = tmp_path / "run"
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert config["trainer"]["max_epochs"] == 4
    environment = json.loads((run / "environment.json").read_text())
    assert "trainer=cpu" in environment["overrides"]
    assert environment["packages"]["torch"] == version("torch")
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


def test_list_metrics_that_are_left_out_are_not_computed(tiny_folder: Path, tmp_path: Path) -> None:
    words = train_arguments(tiny_folder, tmp_path / "run", "~evaluation/list_metrics", "trainer.max_epochs=1")
    assert command(train, *words) == 0
    assert "test/recall@20" in metrics(tmp_path / "run")
    assert "test/coverage@20" not in metrics(tmp_path / "run")


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


def test_never_writes_over_an_earlier_run(tiny_folder: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != "train.log"}
    assert {"metrics.json", "config.yaml", "best.ckpt"} <= {path.name for path in before}
    assert command(train, *train_arguments(tiny_folder, run)) == 1
    assert "already holds a run" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before


def test_evaluate_reproduces_the_test_numbers(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(evaluate, f"run={finished}", "trainer=cpu") == 0
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "@" in line]
    assert len(rows) == 25, "six metrics of accuracy at three depths, and seven others"
    assert all(again.strip() == recorded.strip() for _, _, again, recorded, _ in rows)
    assert command(evaluate, f"run={finished}", "trainer=cpu", "mask=train+val") == 0
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
    assert "2 jobs failed" in printed
    assert "backbone.num_layers=-1" in printed
    assert "Traceback" not in printed


def test_a_sweep_may_stop_at_the_first_failure(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = ["-m", f"hydra.sweep.dir={tmp_path}", "align=none", "backbone.num_layers=1,-1,2,0", "on_failure=stop"]
    assert command(train, *sweep, *train_arguments(tiny_folder, tmp_path / "unused")) == 1
    assert [path.parent.name for path in tmp_path.glob("*/metrics.json")] == ["0_folder-lightgcn-none-seed2023"]
    assert len(list(tmp_path.glob("*/config.yaml"))) == 1, "the others were not begun"
    printed = capsys.readouterr().err
    _, failed, *undone = printed[printed.index("error: 3 jobs failed:") :].splitlines()
    assert "backbone.num_layers=-1" in failed and "greater than or equal to 0" in failed
    for layers, line in zip((2, 0), undone, strict=True):
        assert f"backbone.num_layers={layers} " in line
        assert line.endswith("not started: an earlier job failed (on_failure=stop)")


def test_on_failure_is_one_of_two(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", "on_failure=halt")) == 1
    assert capsys.readouterr().err == "error: on_failure=halt: input should be 'continue' or 'stop'\n"


LOCAL = """# @package _global_
seed: 11
evaluation:
  patience: 7
tags: [mine]
"""


def test_options_of_a_machine_come_from_a_file_of_its_own(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "machine" / "local").mkdir(parents=True)
    (tmp_path / "machine" / "local" / "default.yaml").write_text(LOCAL)
    words = ["--config-dir", str(tmp_path / "machine"), "evaluation.patience=8", "align=none"]
    assert command(train, *words, *train_arguments(tiny_folder, tmp_path / "run")) == 0
    config = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())
    assert (config["seed"], config["tags"]) == (11, ["mine"])
    assert config["evaluation"]["patience"] == 8, "the command line wins"
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["seed"] == 11


def test_evaluate_scores_stored_recommendations_again(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (f"run={finished}", "from=recommendations")
    assert command(evaluate, *asked, "json=true") == 0
    recorded = {name: value for name, value in metrics(finished).items() if name.startswith("test/")}
    assert json.loads(capsys.readouterr().out) == recorded
    assert command(evaluate, *asked, "ks=[1,5]", "json=true") == 0
    shorter = json.loads(capsys.readouterr().out)
    assert shorter["test/recall@5"] == recorded["test/recall@5"] and "test/recall@1" in shorter
    assert {"test/recall@20", "test/coverage@20"}.isdisjoint(shorter) and "test/coverage@5" in shorter
    assert command(evaluate, *asked) == 0
    assert "test, stored lists" in " ".join(capsys.readouterr().out.split())
    assert command(evaluate, f"run={finished}", "trainer=cpu", "ks=[1,30]", "json=true") == 0
    ranked = json.loads(capsys.readouterr().out)
    assert ranked["test/recall@1"] == shorter["test/recall@1"] and ranked["test/recall@30"] > recorded["test/recall@20"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("from=recommendations", "ks=[5,30]"),
            "ks=30 is impossible: the stored lists have 20 places; leave out",
        ),
        (("from=recommendations", "mask=train+val"), "the stored recommendations were ranked before: leave out mask"),
        (("from=lists",), "from=lists: input should be 'weights' or 'recommendations'"),
        (("from=recommendations", "ks=[0]"), "ks=[0]: input should be greater"),
        (("ks=[]",), "ks=[]: input should have 1 or more elements"),
    ],
)
def test_mistakes_of_scoring_again(
    words: tuple[str, ...], message: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(evaluate, f"run={finished}", *words) == 1
    assert message in capsys.readouterr().err
