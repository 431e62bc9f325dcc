"""Rows that wait for their checkpoint."""

from collections.abc import Mapping

import pytest
from pytorch_lightning.loggers.logger import DummyLogger

from rlmrec.training.loggers import HeldMLFlowLogger, HeldRows
from rlmrec.training.loggers.tensorboard_logger import ClosableTensorBoardLogger
from rlmrec.training.loggers.wandb_logger import ClosableWandbLogger


class Recorder(DummyLogger):
    def __init__(self) -> None:
        super().__init__()
        self.logged: list[tuple[Mapping[str, float], int | None]] = []

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:  # type: ignore[override]
        self.logged.append((metrics, step))


class Held(HeldRows, Recorder):  # type: ignore[misc]
    """A logger like any other."""


def steps(logger: Held) -> list[int | None]:
    return [step for _, step in logger.logged]


def test_rows_wait_for_the_checkpoint_of_their_steps() -> None:
    logger = Held()
    logger.release(0)
    logger.log_metrics({"loss": 0.5}, 2)
    assert logger.logged == []
    logger.release(3)
    assert logger.logged == [({"loss": 0.5}, 2)]
    logger.log_metrics({"val": 0.1}, 2)
    logger.log_metrics({"lr": 0.1}, 3)
    assert steps(logger) == [2, 2], "the checkpoint was taken after three steps"
    logger.release(6)
    assert steps(logger) == [2, 2, 3]


def test_a_row_without_a_step_waits_for_the_end() -> None:
    logger = Held()
    logger.release(5)
    logger.log_metrics({"note": 1.0})
    logger.release(10)
    assert logger.logged == []
    logger.release(float("inf"))
    logger.log_metrics({"test/recall@20": 0.2}, 10)
    assert steps(logger) == [None, 10]


def test_nothing_waits_where_no_checkpoints_are_taken() -> None:
    logger = Held()
    logger.log_metrics({"loss": 0.5}, 1000)
    assert steps(logger) == [1000]


@pytest.mark.parametrize("kind", [ClosableTensorBoardLogger, ClosableWandbLogger, HeldMLFlowLogger])
def test_loggers_that_can_only_add_hold_rows_back(kind: type) -> None:
    assert kind.__mro__.index(HeldRows) == 1, "before Lightning's"
