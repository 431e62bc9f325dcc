"""Optimizers, schedulers and debug modes: each composes, passes the checks and does what its file says."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as L
import torch
from torch import Tensor

import tiny
from rlmrec import build, compose
from rlmrec.api.build import load_source
from rlmrec.cli import train
from rlmrec.common.config_files import choices
from rlmrec.data.dataset import Dataset
from rlmrec.options.validate_options import validate_options
from rlmrec.training.build import build_model
from rlmrec.training.callbacks import ValidationSchedule
from rlmrec.training.trainer import make_trainer
from run_files import history, metrics
from tiny import command, train_arguments

SMALL = ["dataset=folder", "dataset.root=unused", "datamodule.batch_size=128", "backbone.embedding_dim=8"]
OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return tiny.dataset()


class Rates(L.Callback):
    """Remembers the learning rate of every epoch."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        (optimizer,) = trainer.optimizers
        (group,) = optimizer.param_groups
        self.rates.append(group["lr"])


def learning_rates(dataset: Dataset, epochs: int, *words: str) -> list[float]:
    """The learning rate of every epoch, validated as the callbacks of a run do."""
    model, data = build(compose([*SMALL, "align=none", *words]), dataset)
    rates = Rates()
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    often: dict[str, Any] = {"reload_dataloaders_every_n_epochs": 1, "num_sanity_val_steps": 0}
    schedule = ValidationSchedule(every_n_epochs=3)
    L.Trainer(accelerator="cpu", max_epochs=epochs, callbacks=[rates, schedule], **quiet, **often).fit(model, data)
    assert len(rates.rates) == epochs
    return rates.rates


def test_every_choice_is_tested() -> None:
    assert choices("optimizer") == sorted(OPTIMIZERS)
    assert choices("scheduler") == ["cosine", "none", "plateau", "warmup"]
    assert choices("debug") == ["fast", "overfit", "profiler"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_passes_the_checks_and_lowers_the_loss(name: str, tiny_folder: Path, tmp_path: Path) -> None:
    words = ["align=none", f"optimizer={name}", "evaluation.every_n_epochs=1"]
    options = compose([*SMALL, *words])
    validate_options(options, build_model, load_source)
    assert command(train, *train_arguments(tiny_folder, tmp_path, *words)) == 0
    losses = history(tmp_path)["train/loss"].to_list()
    assert len(losses) == 4 and losses[-1] < losses[0]
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    (group,) = last["optimizer_states"][0]["param_groups"]
    configured = {key: value for key, value in options["optimizer"].items() if not key.startswith("_")}
    assert {key: group[key] for key in configured} == configured
    assert options["optimizer"]["_target_"] == f"torch.optim.{OPTIMIZERS[name].__name__}"


@pytest.mark.parametrize("name", choices("scheduler"))
def test_every_scheduler_passes_the_checks_and_trains_from_the_command_line(
    name: str, tiny_folder: Path, tmp_path: Path
) -> None:
    validate_options(compose([*SMALL, f"scheduler={name}"]), build_model, load_source)
    assert command(train, *train_arguments(tiny_folder, tmp_path, "align=none", f"scheduler={name}")) == 0
    states = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["lr_schedulers"]
    assert len(states) == (name != "none")


def test_no_scheduler_keeps_the_learning_rate(dataset: Dataset) -> None:
    assert learning_rates(dataset, 4, "scheduler=none", "optimizer.lr=0.01") == [0.01] * 4


def test_cosine_falls_along_half_a_cosine_to_its_lowest_and_stays(dataset: Dataset) -> None:
    words = ("scheduler=cosine", "scheduler.T_max=4", "scheduler.eta_min=0.001", "optimizer.lr=0.01")
    expected = [0.001 + 0.009 * (1 + math.cos(math.pi * min(epoch, 4) / 4)) / 2 for epoch in range(10)]
    assert learning_rates(dataset, 10, *words) == pytest.approx(expected)
    assert expected[4:] == [0.001] * 6


def test_warmup_rises_linearly_and_stays(dataset: Dataset) -> None:
    words = ("scheduler=warmup", "scheduler.total_iters=3", "optimizer.lr=0.01")
    assert learning_rates(dataset, 5, *words) == pytest.approx([0.001, 0.004, 0.007, 0.01, 0.01])


def test_plateau_lowers_the_rate_once_the_validation_metric_stops_rising(dataset: Dataset) -> None:
    words = ("scheduler=plateau", "scheduler.patience=2", "scheduler.min_lr=0")
    # Nothing is learned: the epochs after the first are without improvement, and the third of them is one too many.
    still = learning_rates(dataset, 8, *words, "optimizer=sgd", "optimizer.lr=1e-6")
    assert still == pytest.approx([1e-6] * 4 + [0.5e-6] * 3 + [0.25e-6])
    # Something is: the metric has risen at the second validation, after the fourth epoch.
    assert learning_rates(dataset, 5, *words, "optimizer.lr=0.02") == [0.02] * 5


def test_plateau_stops_at_its_lowest(dataset: Dataset) -> None:
    words = ("scheduler=plateau", "scheduler.patience=0", "optimizer=sgd", "optimizer.lr=1.5e-5")
    assert learning_rates(dataset, 4, *words) == pytest.approx([1.5e-5, 1.5e-5, 1e-5, 1e-5]), "min_lr: 1.0e-5"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["scheduler=plateau", "scheduler.mode=up"], "scheduler.mode='up'"),
        (["scheduler=plateau", "scheduler.mode=min"], "scheduler.mode=min: "),
        (["scheduler=cosine", "scheduler.T_max=x"], "scheduler.T_max='x'"),
        (["scheduler=cosine", "scheduler.T_max=0"], "scheduler.T_max=0"),
        (["scheduler=warmup", "scheduler.start_factor=2"], "scheduler: starting multiplicative factor"),
        (["optimizer=sgd", "optimizer.momentum=-1"], "optimizer: invalid momentum value: -1"),
        (["optimizer=adamw", "optimizer.lr=fast"], "optimizer.lr='fast'"),
    ],
)
def test_mistakes(
    words: list[str], says: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", "align=none", *words)) == 1
    printed = capsys.readouterr().err
    assert says in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize("name", choices("debug"))
def test_every_debug_mode_passes_the_checks(name: str) -> None:
    validate_options(compose([*SMALL, f"debug={name}"]), build_model, load_source)


def without_epochs(root: Path, out: Path, *more: str) -> list[str]:
    return [word for word in train_arguments(root, out, *more) if not word.startswith("trainer.max_epochs")]


def test_fast_is_a_few_steps_of_everything(tiny_folder: Path, tmp_path: Path) -> None:
    small = "datamodule.batch_size=32"
    assert command(train, *without_epochs(tiny_folder, tmp_path, "debug=fast", small)) == 0
    rows = history(tmp_path)
    assert rows["epoch"].to_list() == [0]
    assert rows["step"].to_list() == [2], "three steps, counted from 0"
    assert {"val/recall@20", "test/recall@20", "test/coverage@20"} <= metrics(tmp_path).keys()


def test_overfit_makes_the_loss_of_its_one_batch_fall(tiny_folder: Path, tmp_path: Path) -> None:
    words = ("debug=overfit", "align=none", "optimizer.lr=0.05", "trainer.max_epochs=40")
    assert command(train, *without_epochs(tiny_folder, tmp_path), *words) == 0
    rows = history(tmp_path)
    assert rows["epoch"].to_list() == list(range(40)) and rows["step"].to_list() == list(range(40)), "a step an epoch"
    losses = rows["train/loss"].to_list()
    assert losses[-1] < 0.2 * losses[0]
    assert compose(["debug=overfit"])["trainer"]["max_epochs"] == 200


def test_overfit_shows_the_same_batch_in_every_epoch(dataset: Dataset) -> None:
    options = compose([*SMALL, "debug=overfit", "align=none"])
    model, data = build(options, dataset)
    seen: list[Tensor] = []
    losses = model.loss_terms
    model.loss_terms = lambda batch, number: (seen.append(torch.stack(batch[:3])), losses(batch, number))[1]
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    own = partial(L.Trainer, accelerator="cpu", overfit_batches=options["trainer"]["overfit_batches"])
    make_trainer(own, max_epochs=3, num_sanity_val_steps=0, **quiet).fit(model, data)
    assert len(seen) == 3
    assert all(torch.equal(batch, seen[0]) for batch in seen)


def test_profiler_writes_what_takes_the_time_into_the_folder_of_the_run(tiny_folder: Path, tmp_path: Path) -> None:
    assert command(train, *without_epochs(tiny_folder, tmp_path, "debug=profiler", "align=none")) == 0
    assert history(tmp_path)["epoch"].to_list() == [0, 1, 2]
    for stage, action in (("fit", "training_step"), ("test", "test_step")):
        assert action in (tmp_path / f"{stage}-profile.txt").read_text()
