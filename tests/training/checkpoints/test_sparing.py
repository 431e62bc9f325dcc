"""When the checkpoints of a run are written."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as L
import torch

from rehearsal import MONITOR, STEPS, Rehearsal
from rlmrec.common.errors import Interrupted
from rlmrec.training.callbacks import StopOnSignal
from rlmrec.training.checkpoints import Checkpoint, SparingCheckpointIO, SparingWrites, read_checkpoint
from scripted import trainer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that go by when a test says so."""
    now = [100.0]
    monkeypatch.setattr("rlmrec.training.checkpoints.sparing.time.monotonic", lambda: now[0])
    return now


def fit(folder: Path, model: Rehearsal, *callbacks: Any, epochs: int = 10) -> None:
    files = SparingCheckpointIO(folder / "best.ckpt", folder / "last.ckpt", 30)
    fitter = trainer(
        folder,
        max_epochs=epochs,
        enable_checkpointing=True,
        callbacks=[
            *callbacks,
            Checkpoint(folder, "best", monitor=MONITOR, mode="max", save_on_train_epoch_end=False),
            Checkpoint(folder, "last", save_on_train_epoch_end=True),
            SparingWrites(files),
        ],
        plugins=[files],
    )
    fitter.fit(model)


def epochs(folder: Path) -> tuple[int, int]:
    """Epochs of the best and the last file."""
    best, last = (read_checkpoint(folder / f"{name}.ckpt")["epoch"] for name in ("best", "last"))
    return best, last


def test_files_are_written_together_and_at_most_once_in_so_many_seconds(tmp_path: Path, clock: list[float]) -> None:
    seen = []

    def act(step: int) -> None:
        if step and step % STEPS == 0:
            seen.append(epochs(tmp_path))
            clock[0] += 12

    fit(tmp_path, Rehearsal([0.1, 0.2, 0.3, 0.2, 0.2, 0.9, 0.3], act), epochs=7)
    # Epoch 0 at 100 s, 1 at 112, 2 at 124, 3 at 136, and so on.
    assert seen == [(0, 0), (0, 0), (0, 0), (2, 3), (2, 3), (2, 3)]
    assert epochs(tmp_path) == (5, 6), "the end of training writes what is left"


def test_a_signal_writes_the_state_of_the_last_whole_epoch(tmp_path: Path, clock: list[float]) -> None:
    class Learning(Rehearsal):
        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1.0)

    def act(step: int) -> None:
        if step == 4 * STEPS:
            os.kill(os.getpid(), signal.SIGTERM)

    model = Learning([0.1, 0.2, 0.3, 0.2, 0.2], act)
    with pytest.raises(Interrupted):
        fit(tmp_path, model, StopOnSignal("go on with this"))
    assert epochs(tmp_path) == (2, 3)
    last = read_checkpoint(tmp_path / "last.ckpt")
    assert last["global_step"] == 4 * STEPS
    assert last["state_dict"]["weight"].item() == pytest.approx(-4 * STEPS), "copies, not what was trained on"
    (adam,) = last["optimizer_states"][0]["state"].values()
    assert adam["step"].item() == 4 * STEPS
    assert model.weight.item() == pytest.approx(-4 * STEPS - 1)


def test_a_state_counts_once_the_metrics_of_its_epoch_are_on_record(tmp_path: Path, clock: list[float]) -> None:
    """A process that ends in between goes on from the epoch before, so that no epoch is missing on record."""

    class Ending(L.Callback):
        def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
            if trainer.current_epoch == 2:
                trainer._logger_connector.update_train_epoch_metrics = self.end  # what puts them on record, after this

        def end(self) -> None:
            raise SystemExit(1)

    with pytest.raises(SystemExit):
        fit(tmp_path, Rehearsal([0.1, 0.2, 0.3, 0.4], lambda _: None), Ending())
    assert epochs(tmp_path) == (1, 1)


def test_other_files_are_written_at_once(tmp_path: Path, clock: list[float]) -> None:
    files = SparingCheckpointIO(tmp_path / "best.ckpt", tmp_path / "last.ckpt", 30)
    for number in range(2):
        files.save_checkpoint({"state_dict": {}, "global_step": number}, tmp_path / "last.ckpt")
        files.save_checkpoint({"state_dict": {}, "global_step": number}, tmp_path / "mine.ckpt")
        files.confirm()
    assert read_checkpoint(tmp_path / "last.ckpt")["global_step"] == 0
    assert read_checkpoint(tmp_path / "mine.ckpt")["global_step"] == 1
