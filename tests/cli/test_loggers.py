"""Loggers, read back as a dashboard would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams.metadata import EXPERIMENT_TAG, SESSION_START_INFO_TAG
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from rlmrec import compose
from rlmrec.cli import train
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.stored_options import needed_trust, unreadable
from rlmrec.training.loggers.wandb_logger import has_account, wandb_logger
from run_files import metrics
from tiny import command, train_arguments


def read_back(run: Path) -> list[dict[str, Any]]:
    """The records of the one offline W&B run in a folder, read by W&B's own tool."""
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    tool = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(file)]
    shown = subprocess.run(tool, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in shown.stdout.splitlines()]


def test_wandb_offline(logged_by_wandb: Path, tiny_folder: Path) -> None:
    records = read_back(logged_by_wandb)
    (described,) = (record["run"] for record in records if record["type"] == "run")
    assert described["run_group"].startswith("tiny-lightgcn-contrastive-embedding_dim_8-")
    assert described["tags"] == ["tiny", "lightgcn", "contrastive", "first"]
    config = described["config"]["update"]
    assert (config["dataset"], config["backbone"], config["align"], config["seed"]) == (
        "tiny",
        "lightgcn",
        "contrastive",
        2023,
    )
    assert config["options"]["optimizer"]["lr"] == 0.001
    assert config["embeddings"]["encoder"] == "made up"
    summaries = [record["summary"]["update"] for record in records if record["type"] == "summary"]
    summary = {name: value for update in summaries for name, value in update.items()}
    for name, value in metrics(logged_by_wandb).items():
        assert summary[name] == pytest.approx(value)
    history = [record["history"]["item"] for record in records if record["type"] == "history"]
    assert sum("val/recall@20" in row for row in history) == 2
    assert sum("train/align" in row for row in history) == 4
    assert records[-1]["exit"]["exit_code"] == 0
    logged = {record["artifact"]["name"]: record["artifact"] for record in records if record["type"] == "artifact"}
    assert set(logged) == {"dataset-tiny", "embeddings-tiny", f"run-{described['run_id']}-recommendations"}
    files = {entry["path"]: entry for entry in logged["embeddings-tiny"]["manifest"]["contents"]}
    assert set(files) == {"user_embeddings.npy", "item_embeddings.npy"}
    assert files["user_embeddings.npy"]["ref"] == (tiny_folder / "user_embeddings.npy").resolve().as_uri()


def test_wandb_shows_recommendations_by_title(logged_by_wandb: Path) -> None:
    (file,) = logged_by_wandb.glob("wandb/offline-run-*/files/media/table/recommendations*.table.json")
    table = json.loads(file.read_text())
    assert table["columns"] == ["user", "user title", "rank", "item title", "score", "hit"]
    assert table["data"][0][1] == "user number 0"
    assert table["data"][0][3].startswith("item number ")


def test_keys_stay_out_of_everything_that_is_written(
    no_account: None, monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, tmp_path: Path
) -> None:
    keys = {"WANDB_API_KEY": "a" * 17 + "b" * 23, "OPENAI_API_KEY": "sk-" + "c" * 29}  # their shape is checked
    for name, key in keys.items():
        monkeypatch.setenv(name, key)
    words = train_arguments(tiny_folder, tmp_path / "run", "logger=wandb", "logger.wandb.offline=true")
    assert command(train, *words) == 0
    written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert {".wandb", ".json", ".yaml", ".log", ".ckpt"} <= {path.suffix for path in written}
    for path in written:
        for key in keys.values():
            assert key.encode() not in path.read_bytes(), path


def test_jobs_of_a_multirun_are_runs_of_their_own(no_account: None, tiny_folder: Path, tmp_path: Path) -> None:
    sweep = ["-m", f"hydra.sweep.dir={tmp_path}", "align=none,generative", "logger=wandb"]
    assert command(train, *sweep, *train_arguments(tiny_folder, tmp_path / "unused")) == 0
    assert len(list(tmp_path.glob("*/wandb/offline-run-*"))) == 2


def test_account_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_BASE_URL", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert not has_account()
    (tmp_path / "netrc").write_text("machine api.wandb.ai login user password made-up\n")
    assert has_account()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert not has_account()
    monkeypatch.setenv("WANDB_API_KEY", "made-up")
    assert has_account()


@pytest.fixture(scope="module")
def logged_by_tensorboard(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run with noise; tests leave it as it is."""
    run = tmp_path_factory.mktemp("logged") / "run"
    assert command(train, *train_arguments(tiny_folder, run, "logger=tensorboard", "interaction_noise=0.25")) == 0
    return run


def test_tensorboard(logged_by_tensorboard: Path) -> None:
    events = EventAccumulator(str(logged_by_tensorboard / "tensorboard"))
    events.Reload()
    assert len(events.Scalars("val/recall@20")) == 2
    (result,) = events.Scalars("test/recall@20")
    assert result.value == pytest.approx(metrics(logged_by_tensorboard)["test/recall@20"])
    assert "hp_metric" not in events.Tags()["scalars"]


def test_tensorboard_tells_the_options_beside_the_results(logged_by_tensorboard: Path) -> None:
    files = (logged_by_tensorboard / "tensorboard").glob("events*")
    found = [value for file in files for event in EventFileLoader(str(file)).Load() for value in event.summary.value]
    (begun,) = [value for value in found if value.tag == SESSION_START_INFO_TAG]
    started = HParamsPluginData.FromString(begun.metadata.plugin_data.content).session_start_info.hparams
    assert started["interaction_noise"].number_value == 0.25
    assert started["backbone"].string_value == "lightgcn"
    assert "interaction_noise_0.25" in started["setting"].string_value
    (table,) = [value for value in found if value.tag == EXPERIMENT_TAG]
    shown = HParamsPluginData.FromString(table.metadata.plugin_data.content).experiment.metric_infos
    assert {info.name.tag for info in shown} == set(metrics(logged_by_tensorboard))


def test_settings_are_told_apart(no_account: None, tmp_path: Path) -> None:
    words = [["interaction_noise=0"], ["interaction_noise=0.25"], ["interaction_noise=0.25", "seed=7"]]
    names = [compose([*given, "align=none"])["names"]["setting"] for given in words]
    runs = [RunDescription("b", "lightgcn", "none", seed, setting=setting) for seed, setting in enumerate(names)]
    settings = [wandb_logger(RunFolder(tmp_path / run.name), run)._wandb_init for run in runs]
    groups = [one["group"] for one in settings]
    assert groups[0] != groups[1] == groups[2] == "b-lightgcn-none-interaction_noise_0.25"
    assert len({one["name"] for one in settings}) == 3
    assert compose(["align=none"])["names"]["setting"] == ""


def test_wandb_tells_which_experiment_a_run_is_of(no_account: None, tmp_path: Path) -> None:
    described = RunDescription("books", "sgl", "none", seed=1, tags=("mine",), experiment="noise")
    settings = wandb_logger(RunFolder(tmp_path), described)._wandb_init
    assert settings["tags"] == ["books", "sgl", "none", "noise", "mine"]
    assert settings["config"]["experiment"] == "noise"


def test_mlflow_composes_and_is_read_back_without_trust_or_its_absence_is_told(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = compose(["logger=mlflow", "align=none"])
    assert list(options["logger"]) == ["csv", "mlflow"]
    assert options["logger"]["mlflow"]["run_name"] == "bookshelf-lightgcn-none"
    assert needed_trust(options) == [] and unreadable(options) == []
    monkeypatch.setattr("pytorch_lightning.loggers.mlflow._MLFLOW_AVAILABLE", False)
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", "logger=mlflow")) == 1
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert said.startswith("error: logger=mlflow needs a package that is not installed: ")
