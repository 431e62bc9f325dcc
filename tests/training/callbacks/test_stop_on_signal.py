"""Signals while training; whole runs are interrupted in test_resume.py."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rehearsal import Rehearsal, fit
from rlmrec.common.errors import Interrupted
from rlmrec.training.callbacks import StopOnSignal

NUMBERS = [signal.SIGINT, signal.SIGTERM]


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in NUMBERS]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_lets_the_step_end(number: int, tmp_path: Path) -> None:
    before, ended = handlers(), []

    def act(step: int) -> None:
        if step == 4:
            os.kill(os.getpid(), number)
        ended.append(step)

    with pytest.raises(Interrupted, match=r"^go on with this$"):
        fit(tmp_path, Rehearsal([0.1] * 9, act), StopOnSignal("go on with this"))
    assert ended == [0, 1, 2, 3, 4]
    assert handlers() == before


@pytest.mark.parametrize("second", NUMBERS)
def test_the_second_signal_stops_at_once(second: int, tmp_path: Path) -> None:
    before, reached = handlers(), []

    def act(step: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("first")
        os.kill(os.getpid(), second)
        reached.append("second")

    with pytest.raises(Interrupted):
        fit(tmp_path, Rehearsal([0.1], act), StopOnSignal("go on with this"))
    assert reached == ["first"]
    assert handlers() == before


def test_a_signal_while_validating(tmp_path: Path) -> None:
    class Signalled(Rehearsal):
        def validation_step(self, batch: int, batch_idx: int) -> None:
            assert batch_idx == 0, "stopped after the first batch"
            os.kill(os.getpid(), signal.SIGTERM)

    model = Signalled([0.1] * 9)
    with pytest.raises(Interrupted):
        fit(tmp_path, model, StopOnSignal("go on with this"))
    assert (model.epochs, model.validated) == (1, [])


@pytest.mark.parametrize("end", ["on_train_end", "on_exception"])
def test_handlers_are_ours_while_training_only(end: str) -> None:
    before, callback, unused = handlers(), StopOnSignal("unused"), cast(Any, None)
    callback.on_train_start(cast(Any, SimpleNamespace(strategy=SimpleNamespace(launcher=None))), unused)
    during = handlers()
    getattr(callback, end)(*[unused] * (2 if end == "on_train_end" else 3))
    assert all(ours != theirs for ours, theirs in zip(during, before, strict=True))
    assert handlers() == before
